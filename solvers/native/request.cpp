#include "request.hpp"

#include <algorithm>
#include <string>

namespace nb = nanobind;

namespace riskslim {

void require(bool fits, const char* what) {
    if (!fits) throw nb::value_error((std::string(what) + " has the wrong shape").c_str());
}

void refuse(const char* what) {
    throw nb::type_error((std::string(what) + " is of the wrong type").c_str());
}

std::vector<double> copy(const Vector& values) {
    return {values.data(), values.data() + values.shape(0)};
}

std::vector<Points> copy_points(const Matrix& points) {
    std::vector<Points> out(points.shape(0), Points(points.shape(1)));
    for (std::size_t r = 0; r < points.shape(0); ++r) {
        for (std::size_t j = 0; j < points.shape(1); ++j) {
            out[r][j] = static_cast<Point>(points(r, j));
        }
    }
    return out;
}

bool Request::has(const char* name, const char* word) const {
    return nb::cast<bool>(object(name).attr("__contains__")(word));
}

Vector Request::vector(const char* name, std::size_t size) const {
    Vector values = get<Vector>(name);
    require(values.shape(0) == size, name);
    return values;
}

Matrix Request::matrix(const char* name, std::size_t rows, std::size_t columns) const {
    Matrix values = get<Matrix>(name);
    require(values.shape(0) == rows && values.shape(1) == columns, name);
    return values;
}

std::vector<Points> Request::points(const char* name, std::size_t columns) const {
    if (object(name).is_none()) return {};
    const Matrix values = get<Matrix>(name);
    require(values.shape(1) == columns, name);
    return copy_points(values);
}

std::vector<Rule> rules_from(const Request& rows, std::size_t columns) {
    if (rows.empty()) return {};
    const Matrix on_points = rows.matrix("on_points");
    const std::size_t count = on_points.shape(0);
    require(on_points.shape(1) == columns, "on_points");
    const Matrix on_indicators = rows.matrix("on_indicators", count, columns);
    const Vector lower = rows.vector("row_lower", count), upper = rows.vector("row_upper", count);
    std::vector<Rule> rules;
    for (std::size_t r = 0; r < count; ++r) {
        const double *points = on_points.data() + r * columns,
                     *indicators = on_indicators.data() + r * columns;
        rules.push_back(
            {{points, points + columns}, {indicators, indicators + columns}, lower(r), upper(r)});
    }
    return rules;
}

FeatureMatrix::FeatureMatrix(const nb::object& table, const char* name)
    : are_bytes_(nb::try_cast(table, bytes_, false)) {
    if (!are_bytes_ && !nb::try_cast(table, doubles_)) refuse(name);
}

LatticeRequest::LatticeRequest(const Request& problem)
    : features(problem.object("features"), "features") {
    const std::size_t rows = features.shape(0), columns = features.shape(1) + 1;
    n = static_cast<int>(rows);
    d = static_cast<int>(columns - 1);
    positive = problem.vector("positive", rows);
    negative = problem.vector("negative", rows);
    lower = problem.vector("lower", columns);
    upper = problem.vector("upper", columns);
    switch_cost = problem.vector("switch_cost", columns);
    rules = rules_from(problem.part("rows"), columns);
    min_size = problem.get<int>("min_size");
    max_size = std::min(problem.maybe<int>("max_size").value_or(d), d);
}

}  // namespace riskslim

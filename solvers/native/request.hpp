// What Python asks for: the attributes of its dataclasses, read once, by name, and checked here.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "lattice.hpp"

namespace riskslim {

using Matrix =
    nanobind::ndarray<const double, nanobind::ndim<2>, nanobind::c_contig, nanobind::device::cpu>;
using Vector =
    nanobind::ndarray<const double, nanobind::ndim<1>, nanobind::c_contig, nanobind::device::cpu>;

using ByteMatrix = nanobind::ndarray<const std::int8_t, nanobind::ndim<2>, nanobind::c_contig,
                                     nanobind::device::cpu>;

// Throws ValueError, which names what has the wrong shape.
void require(bool fits, const char* what);
// Throws TypeError.
[[noreturn]] void refuse(const char* what);

std::vector<double> copy(const Vector& values);
std::vector<Points> copy_points(const Matrix& points);

// The attributes of one dataclass. Arrays of other types and layouts are converted. Throws
// TypeError where an attribute is of another type, ValueError where an array has another shape.
class Request {
public:
    explicit Request(nanobind::handle dataclass)
        : from_(nanobind::borrow<nanobind::object>(dataclass)) {}

    bool empty() const { return from_.is_none(); }
    nanobind::object object(const char* name) const { return from_.attr(name); }
    Request part(const char* name) const { return Request(object(name)); }
    template <class T>
    T get(const char* name) const {
        T value{};
        if (!nanobind::try_cast(object(name), value)) refuse(name);
        return value;
    }
    // No value for None.
    template <class T>
    std::optional<T> maybe(const char* name) const {
        if (object(name).is_none()) return std::nullopt;
        return get<T>(name);
    }
    // Whether a collection of words has one of them.
    bool has(const char* name, const char* word) const;
    Vector vector(const char* name, std::size_t size) const;
    Matrix matrix(const char* name, std::size_t rows, std::size_t columns) const;
    Matrix matrix(const char* name) const { return get<Matrix>(name); }
    // Integer points, one in each row of a matrix; none for None.
    std::vector<Points> points(const char* name, std::size_t columns) const;

private:
    nanobind::object from_;
};

// Features of rows: bytes are read as they are, everything else as doubles.
class FeatureMatrix {
public:
    FeatureMatrix(const nanobind::object& table, const char* name);

    std::size_t shape(int axis) const {
        return are_bytes_ ? bytes_.shape(axis) : doubles_.shape(axis);
    }
    double operator()(std::size_t row, std::size_t column) const {
        return are_bytes_ ? bytes_(row, column) : doubles_(row, column);
    }

    // Calls with the first of all values, row by row, of either type.
    template <class Use>
    void visit(const Use& use) const {
        if (are_bytes_) {
            use(bytes_.data());
        } else {
            use(doubles_.data());
        }
    }

private:
    ByteMatrix bytes_;
    Matrix doubles_;
    bool are_bytes_;  // last: what it is read from stands before
};

// The rules of a LatticeRows; none for None.
std::vector<Rule> rules_from(const Request& rows, std::size_t columns);

// What LinearModelProblem and ThresholdProblem have in common. Valid as long as the request.
struct LatticeRequest {
    explicit LatticeRequest(const Request& problem);

    int n, d;
    FeatureMatrix features;
    Vector positive, negative, lower, upper, switch_cost;
    std::vector<Rule> rules;
    int min_size, max_size;  // at most d
};

}  // namespace riskslim

#include "support_table.hpp"

#include <algorithm>

#include "watch.hpp"

namespace riskslim::supports {

Rows Cells::rows() const {
    Rows r;
    r.n4 = n4;
    r.p = static_cast<int>(columns.size());
    r.x = columns.data();
    r.a = a.data();
    r.b = b.data();
    return r;
}

void Cells::reset(int n_columns) {
    x.resize(n_columns);
    for (auto& column : x) {
        column.clear();
    }
    bits.clear();
    a.clear();
    b.clear();
}

void Cells::finish() {
    count = static_cast<int>(a.size());
    n4 = padded(count);
    a.resize(n4, 0.0);
    b.resize(n4, 0.0);
    columns.clear();
    for (std::size_t c = 0; c < x.size(); ++c) {
        if (!bits.empty() && x[c].empty()) {
            columns.push_back(bits[c]);
        } else {
            x[c].resize(n4, 0.0);
            columns.push_back(x[c].data());
        }
    }
}

Partition::Partition(const Model& model) : model_(model) { start(); }

void Partition::start() {
    groups_ = 1;
    group_.assign(model_.n, 0);
    representative_.assign(1, 0);
}

void Partition::refine(int feature) { assign(group_, groups_, feature); }

bool Partition::split(const std::vector<int>& features, int limit) {
    look();
    const int n = model_.n, stride = model_.key_words;
    mask_.assign(stride, 0);
    for (int j : features) {
        mask_[model_.key_word[j]] |= model_.key_mask[j];
    }
    words_.clear();
    for (int k = 0; k < stride; ++k) {
        if (mask_[k] != 0) {
            words_.push_back(k);
        }
    }
    std::size_t size = 64;
    while (size < 2 * static_cast<std::size_t>(std::min(n, limit + 1))) {
        size *= 2;
    }
    table_.assign(size, -1);
    representative_.clear();
    group_.resize(n);
    const int used = static_cast<int>(words_.size());
    const int* words = words_.data();
    const std::uint64_t* mask = mask_.data();
    for (int i = 0; i < n; ++i) {
        const std::uint64_t* row = model_.keys.data() + static_cast<std::size_t>(i) * stride;
        std::uint64_t hash = 0;
        for (int k = 0; k < used; ++k) {
            hash = (hash ^ (row[words[k]] & mask[words[k]])) * 0x9E3779B97F4A7C15ull;
            hash ^= hash >> 29;
        }
        std::size_t slot = (hash * 0xD1B54A32D192ED03ull >> 24) & (size - 1);
        std::int32_t id;
        while ((id = table_[slot]) >= 0) {
            const std::uint64_t* other =
                model_.keys.data() + static_cast<std::size_t>(representative_[id]) * stride;
            bool equal = true;
            for (int k = 0; k < used && equal; ++k) {
                equal = ((row[words[k]] ^ other[words[k]]) & mask[words[k]]) == 0;
            }
            if (equal) {
                break;
            }
            slot = (slot + 1) & (size - 1);
        }
        if (id < 0) {
            id = static_cast<std::int32_t>(representative_.size());
            if (id >= limit) {
                return false;
            }
            table_[slot] = id;
            representative_.push_back(i);
        }
        group_[i] = id;
    }
    groups_ = static_cast<int>(representative_.size());
    return true;
}

void Partition::refine_from(const Partition& coarse, int feature) {
    group_.resize(model_.n);
    assign(coarse.group_, coarse.groups_, feature);
}

void Partition::assign(const std::vector<std::int32_t>& old, int old_groups, int feature) {
    look();
    const std::int64_t v = model_.n_codes[feature];
    const int n = model_.n;
    representative_.clear();
    if (static_cast<std::int64_t>(old_groups) * v <= 65536) {
        table_.assign(static_cast<std::size_t>(old_groups * v), -1);
        model_.read_codes(feature, [&](const auto& code) {
            for (int i = 0; i < n; ++i) {
                std::int32_t& id = table_[static_cast<std::size_t>(old[i] * v + code[i])];
                if (id < 0) {
                    id = static_cast<std::int32_t>(representative_.size());
                    representative_.push_back(i);
                }
                group_[i] = id;
            }
        });
    } else {
        std::size_t size = 16;
        while (size < 2 * static_cast<std::size_t>(n)) {
            size *= 2;
        }
        table_.assign(size, -1);
        keys_.resize(size);
        model_.read_codes(feature, [&](const auto& code) {
            for (int i = 0; i < n; ++i) {
                const std::int64_t key = old[i] * v + code[i];
                std::size_t slot =
                    (static_cast<std::uint64_t>(key) * 0x9E3779B97F4A7C15ull >> 20) & (size - 1);
                while (table_[slot] >= 0 && keys_[slot] != key) {
                    slot = (slot + 1) & (size - 1);
                }
                if (table_[slot] < 0) {
                    table_[slot] = static_cast<std::int32_t>(representative_.size());
                    keys_[slot] = key;
                    representative_.push_back(i);
                }
                group_[i] = table_[slot];
            }
        });
    }
    groups_ = static_cast<int>(representative_.size());
}

void Partition::cells(const std::vector<int>& features, Cells& out) const {
    out.reset(static_cast<int>(features.size()) + 1);
    out.a.assign(groups_, 0.0);
    out.b.assign(groups_, 0.0);
    for (int i = 0; i < model_.n; ++i) {
        out.a[group_[i]] += model_.positive[i];
        out.b[group_[i]] += model_.negative[i];
    }
    for (int g = 0; g < groups_; ++g) {
        out.a[g] /= model_.total_weight;
        out.b[g] /= model_.total_weight;
    }
    const int columns = static_cast<int>(out.x.size());
    const bool as_bits = bits_pay(groups_, columns);
    out.bits.resize(as_bits ? columns : 0);
    for (int c = 0; c < columns; ++c) {
        look();
        const Column x = model_.x[c == 0 ? 0 : features[c - 1]];
        if (as_bits && x.are_bits()) {
            out.bits[c].start(padded(groups_), true);
            for (int g = 0; g < groups_; ++g) {
                out.bits[c].set(g, x[representative_[g]]);
            }
            continue;
        }
        out.x[c].resize(groups_);
        for (int g = 0; g < groups_; ++g) {
            out.x[c][g] = x[representative_[g]];
        }
    }
    out.finish();
}

}  // namespace riskslim::supports

// SPDX-License-Identifier: MIT
// Exact top-10 by cosine: samplit's search beside FAISS IndexFlatIP, in one process, in turn, one thread each.
//   similar_faiss ROWS ROUNDS
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <vector>

#include <faiss/IndexFlat.h>
#include <omp.h>

extern "C" {
#include "learn/similar/topk.h"
}

namespace
{
constexpr uint32_t columns = 32, k = 10, batch = 1000, singles = 20;

std::vector<float> unit_vectors(size_t count, unsigned seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> x(count * columns);
    for (size_t row = 0; row < count; row++) {
        float *at = &x[row * columns];
        uint32_t column = 0;
        for (uint32_t i = 0; i < columns; i++) at[i] = normal(random);
        if (!spl_topk_normalise(at, columns, at, &column)) std::exit(1);
    }
    return x;
}

struct contender {
    const char *name;
    int method;                          // -1 = FAISS
    std::vector<double> single, batched; // queries per second, per round
    std::vector<uint32_t> rows;          // of the batch's hits
};

// Of this thread's processor time, so that a busy machine slows nobody down on paper.
double seconds_of(const auto &work)
{
    auto now = [] {
        timespec at;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
        return double(at.tv_sec) + 1e-9 * double(at.tv_nsec);
    };
    double start = now();
    work();
    return now() - start;
}

void search(const contender &c, const faiss::IndexFlatIP &index, const spl_topk &topk, const float *queries,
            uint32_t count, std::vector<uint32_t> &rows)
{
    rows.resize(size_t(count) * k);
    if (c.method < 0) {
        static std::vector<float> cosine;
        static std::vector<faiss::Index::idx_t> found;
        cosine.resize(rows.size());
        found.resize(rows.size());
        index.search(count, queries, k, cosine.data(), found.data());
        std::copy(found.begin(), found.end(), rows.begin());
        return;
    }
    static std::vector<spl_hit> hits;
    hits.resize(rows.size());
    spl_topk_config config = {};
    config.method = spl_topk_method(c.method);
    config.kernel = spl_kernel_best();
    spl_error error = {};
    if (!spl_topk_search(&topk, queries, count, k, &config, hits.data(), &error)) std::exit(1);
    std::transform(hits.begin(), hits.end(), rows.begin(), [](const spl_hit &hit) { return hit.row; });
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void print(const char *what, const contender &c, const std::vector<double> &own, const std::vector<double> &peer)
{
    std::vector<double> ratio;
    for (size_t i = 0; i < own.size(); i++) ratio.push_back(own[i] / peer[i]);
    auto [low, high] = std::minmax_element(ratio.begin(), ratio.end());
    std::printf("  %-7s %-34s %8.0f q/s   ratio %5.2f (%.2f to %.2f)\n", what, c.name, median(own), median(ratio), *low,
                *high);
}
} // namespace

int main(int argc, char **argv)
{
    if (argc != 3) return 2;
    uint32_t n = uint32_t(std::atoi(argv[1])), rounds = uint32_t(std::atoi(argv[2]));
    omp_set_num_threads(1);
    std::vector<float> x = unit_vectors(n, 1), queries = unit_vectors(batch, 2);
    faiss::IndexFlatIP index(columns);
    index.add(n, x.data());
    spl_topk topk;
    spl_error error = {};
    if (!spl_topk_make(x.data(), n, columns, &topk, &error)) return 1;
    std::vector<contender> all = {{"FAISS IndexFlatIP", -1, {}, {}, {}},
                                  {"samplit, floats", SPL_TOPK_FLOATS, {}, {}, {}},
                                  {"samplit, bytes then exact (default)", SPL_TOPK_BYTES, {}, {}, {}}};
    std::vector<uint32_t> rows;
    for (uint32_t round = 0; round < rounds; round++) {
        for (contender &c : all) {
            c.single.push_back(singles / seconds_of([&] {
                                   for (uint32_t q = 0; q < singles; q++)
                                       search(c, index, topk, &queries[size_t(q) * columns], 1, rows);
                               }));
            c.batched.push_back(batch / seconds_of([&] { search(c, index, topk, queries.data(), batch, c.rows); }));
        }
    }
    std::printf("%u x %u, top %u, one thread, %u rounds\n", n, columns, k, rounds);
    for (const contender &c : all) print("single", c, c.single, all[0].single);
    for (const contender &c : all) print("batch", c, c.batched, all[0].batched);
    size_t same = 0;
    for (size_t i = 0; i < all[0].rows.size(); i++) same += all[0].rows[i] == all[2].rows[i];
    std::printf("  hits in the same place as FAISS's: %.4f %%; floats and bytes agree: %s\n",
                100.0 * double(same) / double(all[0].rows.size()), all[1].rows == all[2].rows ? "yes" : "NO");
    spl_topk_free(&topk);
    return all[1].rows == all[2].rows ? 0 : 1;
}

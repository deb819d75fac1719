// SPDX-License-Identifier: MIT
// The index beside hnswlib, in one process, one thread each: seconds to build with the same m and ef, and queries per
// second at the same recall of the true top 10. For each number of candidates the two take turns.
//   hnsw ROWS ROUNDS groups|normal
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>
#include <vector>

#include <hnswlib/hnswlib.h>

extern "C" {
#include "learn/similar/hnsw.h"
#include "learn/similar/topk.h"
}

namespace
{
constexpr uint32_t columns = 32, k = 10, query_count = 2000, m = 16, build_ef = 200;
constexpr double target = 0.98;

// Directions of 256 groups with some spread around each, or of no structure at all, where searching is hardest.
std::vector<float> vectors(size_t count, bool groups, unsigned seed)
{
    std::mt19937 random(seed), centre_random(7);
    std::normal_distribution<float> normal;
    std::vector<float> centre(256 * columns), x(count * columns);
    for (float &c : centre) c = groups ? normal(centre_random) : 0;
    for (size_t row = 0; row < count; row++) {
        size_t group = random() % 256;
        float *at = &x[row * columns];
        for (uint32_t i = 0; i < columns; i++)
            at[i] = centre[group * columns + i] + (groups ? 0.3f : 1) * normal(random);
        uint32_t column;
        if (!spl_topk_normalise(at, columns, at, &column)) std::exit(1);
    }
    return x;
}

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

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

using found = std::vector<uint32_t>; // (query_count, k)

double recall(const found &rows, const found &truth)
{
    size_t hits = 0;
    for (uint32_t q = 0; q < query_count; q++) {
        auto begin = truth.begin() + q * k;
        for (uint32_t i = 0; i < k; i++) hits += std::find(begin, begin + k, rows[q * k + i]) != begin + k;
    }
    return double(hits) / (query_count * k);
}

struct point {
    double recall, speed; // queries per second
};

// Queries per second at the target, between the points around it (straight in the logarithm); 0 if it is not reached.
double at_target(const std::vector<point> &points)
{
    for (size_t i = 1; i < points.size(); i++) {
        const point &a = points[i - 1], &b = points[i];
        if (b.recall < target) continue;
        if (a.recall >= target) return a.speed;
        double share = (target - a.recall) / (b.recall - a.recall);
        return std::exp(std::log(a.speed) + share * (std::log(b.speed) - std::log(a.speed)));
    }
    return 0;
}

struct world {
    std::vector<float> x, queries;
    found truth;
    spl_hnsw own;
    hnswlib::HierarchicalNSW<float> *peer;
};

void search_own(const world &w, uint32_t ef, found &rows)
{
    static std::vector<spl_hit> hits(query_count * k);
    spl_error error = {};
    spl_hnsw_query how = {};
    how.k = k;
    how.ef = ef;
    how.kernel = spl_kernel_best();
    if (!spl_hnsw_search(&w.own, w.queries.data(), query_count, &how, hits.data(), &error)) std::exit(1);
    std::transform(hits.begin(), hits.end(), rows.begin(), [](const spl_hit &hit) { return hit.row; });
}

void search_peer(const world &w, uint32_t ef, found &rows)
{
    w.peer->setEf(ef);
    for (uint32_t q = 0; q < query_count; q++) {
        auto queue = w.peer->searchKnn(&w.queries[q * columns], k);
        for (uint32_t i = k; i-- > 0; queue.pop()) rows[q * k + i] = uint32_t(queue.top().second);
    }
}

void find_truth(world &w, uint32_t n)
{
    spl_topk topk;
    spl_error error = {};
    spl_topk_config config = {};
    config.kernel = spl_kernel_best();
    std::vector<spl_hit> hits(query_count * k);
    if (!spl_topk_make(w.x.data(), n, columns, &topk, &error) ||
        !spl_topk_search(&topk, w.queries.data(), query_count, k, &config, hits.data(), &error))
        std::exit(1);
    for (const spl_hit &hit : hits) w.truth.push_back(hit.row);
    spl_topk_free(&topk);
}

void build(world &w, uint32_t n, hnswlib::InnerProductSpace &space)
{
    spl_error error = {};
    spl_hnsw_config config = spl_hnsw_config_default();
    config.m = m;
    config.ef = build_ef;
    double own = seconds_of([&] {
        if (!spl_hnsw_build(w.x.data(), n, columns, &config, &w.own, &error)) std::exit(1);
    });
    w.peer = new hnswlib::HierarchicalNSW<float>(&space, n, m, build_ef);
    double peer = seconds_of([&] {
        for (uint32_t i = 0; i < n; i++) w.peer->addPoint(&w.x[size_t(i) * columns], i);
    });
    std::printf("  build                samplit %7.1f s     hnswlib %7.1f s     ratio %.2f\n", own, peer, peer / own);
}
void print_candidates(uint32_t ef, const std::vector<std::vector<point>> &own,
                      const std::vector<std::vector<point>> &peer)
{
    std::vector<double> a, b;
    for (const auto &round : own) a.push_back(round.back().speed);
    for (const auto &round : peer) b.push_back(round.back().speed);
    std::printf("  ef %4u  samplit %8.0f q/s at %.4f     hnswlib %8.0f q/s at %.4f\n", ef, median(a),
                own[0].back().recall, median(b), peer[0].back().recall);
}

void print_target(const std::vector<std::vector<point>> &own, const std::vector<std::vector<point>> &peer)
{
    std::vector<double> a, b, ratio;
    for (size_t round = 0; round < own.size(); round++) {
        a.push_back(at_target(own[round]));
        b.push_back(at_target(peer[round]));
        ratio.push_back(a.back() / b.back());
    }
    auto [low, high] = std::minmax_element(ratio.begin(), ratio.end());
    std::printf("  at recall %.2f       samplit %7.0f q/s   hnswlib %7.0f q/s   ratio %.2f (%.2f to %.2f)\n", target,
                median(a), median(b), median(ratio), *low, *high);
}
} // namespace

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    uint32_t n = uint32_t(std::atoi(argv[1])), rounds = uint32_t(std::atoi(argv[2]));
    bool groups = std::strcmp(argv[3], "groups") == 0;
    hnswlib::InnerProductSpace space(columns);
    world w = {vectors(n, groups, 1), vectors(query_count, groups, 2), {}, {}, nullptr};
    std::printf("%u x %u, %s, top %u, m %u, build ef %u, one thread\n", n, columns, argv[3], k, m, build_ef);
    find_truth(w, n);
    build(w, n, space);
    std::vector<std::vector<point>> own(rounds), peer(rounds); // per round, by candidates
    found rows(query_count * k);
    for (uint32_t ef : {10, 15, 20, 30, 50, 80, 120, 180, 260, 400, 600, 900}) {
        for (uint32_t round = 0; round < rounds; round++) {
            double speed = query_count / seconds_of([&] { search_own(w, ef, rows); });
            own[round].push_back({recall(rows, w.truth), speed});
            speed = query_count / seconds_of([&] { search_peer(w, ef, rows); });
            peer[round].push_back({recall(rows, w.truth), speed});
        }
        print_candidates(ef, own, peer);
        if (own[0].back().recall > target && peer[0].back().recall > target && ef >= 30) break;
    }
    print_target(own, peer);
    spl_hnsw_free(&w.own);
    delete w.peer;
}

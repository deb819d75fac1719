// SPDX-License-Identifier: MIT
#include "samplit/cluster.h"

#include "encoder_kernels.h"

uint32_t spl_cluster_nearest(const spl_clusters *clusters, spl_kernel kernel, const float *x, float *scores)
{
    uint32_t nearest = 0;
    spl_dense_of(kernel)(&clusters->nearest, x, false, scores);
    for (uint32_t i = 1; i < clusters->count; i++)
        if (scores[i] > scores[nearest]) nearest = i;
    return nearest;
}

spl_text spl_cluster_label(const spl_clusters *clusters, uint32_t point)
{
    uint32_t start = clusters->label_start[point];
    return (spl_text){clusters->label_bytes + start, clusters->label_start[point + 1] - start};
}

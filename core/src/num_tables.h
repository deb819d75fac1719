// SPDX-License-Identifier: MIT
// The numbers behind num.c and num_trig.c. Each table says by which formula its entries arise;
// test_num.c computes all of them anew with MPFR.
#ifndef SAMPLIT_NUM_TABLES_H
#define SAMPLIT_NUM_TABLES_H

#include <stdint.h>

#define SPL_EXP_STEPS 32
#define SPL_LOG_STEPS 64
#define SPL_LOG_FIRST 45 // nearest multiple of 1/64 to sqrt(1/2)

// hi + lo = 2^(i/32), hi the nearest double, lo the rest as float.
static const struct {
    double hi;
    float lo;
} SPL_EXP_TABLE[SPL_EXP_STEPS] = {
    {0x1p+0, 0x0p+0f},
    {0x1.059b0d3158574p+0, 0x1.d73e2ap-55f},
    {0x1.0b5586cf9890fp+0, 0x1.8a62e4p-54f},
    {0x1.11301d0125b51p+0, -0x1.6c5104p-54f},
    {0x1.172b83c7d517bp+0, -0x1.19041cp-55f},
    {0x1.1d4873168b9aap+0, 0x1.e016ep-54f},
    {0x1.2387a6e756238p+0, 0x1.9b07ecp-54f},
    {0x1.29e9df51fdee1p+0, 0x1.612e8ap-55f},
    {0x1.306fe0a31b715p+0, 0x1.6f46aep-55f},
    {0x1.371a7373aa9cbp+0, -0x1.63aeacp-54f},
    {0x1.3dea64c123422p+0, 0x1.ada092p-55f},
    {0x1.44e086061892dp+0, 0x1.89b7ap-59f},
    {0x1.4bfdad5362a27p+0, 0x1.d4397ap-56f},
    {0x1.5342b569d4f82p+0, -0x1.07abe2p-55f},
    {0x1.5ab07dd485429p+0, 0x1.6324cp-54f},
    {0x1.6247eb03a5585p+0, -0x1.383c18p-54f},
    {0x1.6a09e667f3bcdp+0, -0x1.bdd342p-54f},
    {0x1.71f75e8ec5f74p+0, -0x1.16e478p-55f},
    {0x1.7a11473eb0187p+0, -0x1.41577ep-55f},
    {0x1.82589994cce13p+0, -0x1.d4c1dep-54f},
    {0x1.8ace5422aa0dbp+0, 0x1.6e9f16p-54f},
    {0x1.93737b0cdc5e5p+0, -0x1.75fc78p-57f},
    {0x1.9c49182a3f09p+0, 0x1.c7c46cp-56f},
    {0x1.a5503b23e255dp+0, -0x1.d2f6eep-54f},
    {0x1.ae89f995ad3adp+0, 0x1.7a1cd4p-54f},
    {0x1.b7f76f2fb5e47p+0, -0x1.5584f8p-56f},
    {0x1.c199bdd85529cp+0, 0x1.110658p-55f},
    {0x1.cb720dcef9069p+0, 0x1.503cbep-56f},
    {0x1.d5818dcfba487p+0, 0x1.2ed02ep-55f},
    {0x1.dfc97337b9b5fp+0, -0x1.1a5cd4p-54f},
    {0x1.ea4afa2a490dap+0, -0x1.e9c232p-54f},
    {0x1.f50765b6e454p+0, 0x1.9d3e12p-54f},
};

// For c = j/64: hi + lo = -ln(1/c rounded to float), hi a multiple of 2^-42, so that adding multiples of ln 2 to it is
// exact.
static const struct {
    double hi;
    float lo;
} SPL_LOG_TABLE[] = {
    {-0x1.68ac8589c7p-2, 0x1.7c4b66p-44f}, // 45/64
    {-0x1.522ae1b38ap-2, -0x1.ea5708p-45f}, // 46/64
    {-0x1.3c25255333p-2, -0x1.7aad4cp-46f}, // 47/64
    {-0x1.269623134ep-2, 0x1.1d61f2p-44f}, // 48/64
    {-0x1.1178e6c27ep-2, -0x1.1e058cp-44f}, // 49/64
    {-0x1.f991c3cb3cp-3, 0x1.91f04cp-44f}, // 50/64
    {-0x1.d10383e656p-3, 0x1.9b37e8p-47f}, // 51/64
    {-0x1.a93ed8c8aep-3, 0x1.8d6436p-45f}, // 52/64
    {-0x1.823c18551ap-3, -0x1.deddbap-46f}, // 53/64
    {-0x1.5bf407b544p-3, 0x1.27823ep-46f}, // 54/64
    {-0x1.365fc6c15ap-3, 0x1.ff7c0ap-44f}, // 55/64
    {-0x1.1178ee227ep-3, -0x1.15f78cp-45f}, // 56/64
    {-0x1.da72783844p-4, -0x1.a81402p-46f}, // 57/64
    {-0x1.9335e4d594p-4, -0x1.3105c4p-45f}, // 58/64
    {-0x1.4d31165208p-4, 0x1.53c258p-48f}, // 59/64
    {-0x1.08599959e4p-4, 0x1.96ddd6p-46f}, // 60/64
    {-0x1.894a8349f8p-5, -0x1.9311a8p-44f}, // 61/64
    {-0x1.0415c89e78p-5, 0x1.dfdc8p-44f}, // 62/64
    {-0x1.0205a3893p-6, -0x1.599b28p-44f}, // 63/64
    {0x0p+0, 0x0p+0f}, // 64/64
    {0x1.fc0a890fcp-7, 0x1.f207dp-50f}, // 65/64
    {0x1.f82990e78p-6, 0x1.9c0268p-45f}, // 66/64
    {0x1.77459be33p-5, -0x1.16e54ep-44f}, // 67/64
    {0x1.f0a30a0118p-5, -0x1.d589e8p-45f}, // 68/64
    {0x1.341d7461bcp-4, 0x1.1dd12ap-44f}, // 69/64
    {0x1.6f0d272e58p-4, -0x1.4b3442p-44f}, // 70/64
    {0x1.a926d8a4acp-4, 0x1.56fe5p-44f}, // 71/64
    {0x1.e27074e2bp-4, -0x1.a302c2p-45f}, // 72/64
    {0x1.0d77e8cd08p-3, 0x1.cb4cd2p-44f}, // 73/64
    {0x1.29552c42p-3, -0x1.5a448p-44f}, // 74/64
    {0x1.44d2b38cb8p-3, -0x1.6b8416p-46f}, // 75/64
    {0x1.5ff3060a7ap-3, -0x1.8566f2p-44f}, // 76/64
    {0x1.7ab890410ep-3, -0x1.bdb808p-45f}, // 77/64
    {0x1.9525a80f46p-3, -0x1.290f38p-44f}, // 78/64
    {0x1.af3c91880cp-3, -0x1.c331a4p-55f}, // 79/64
    {0x1.c8ff7a79aap-3, -0x1.7694f6p-45f}, // 80/64
    {0x1.e27075e2bp-3, -0x1.a322c2p-44f}, // 81/64
    {0x1.fb918bd5e4p-3, -0x1.bc72aap-47f}, // 82/64
    {0x1.0a3250a739p-2, 0x1.dfbee8p-47f}, // 83/64
    {0x1.1675c97abap-2, 0x1.8448e8p-44f}, // 84/64
    {0x1.22941e6cf8p-2, -0x1.a5bafp-44f}, // 85/64
    {0x1.2e8e2bee12p-2, -0x1.67a1eap-45f}, // 86/64
    {0x1.3a64c59694p-2, 0x1.7a79ccp-44f}, // 87/64
    {0x1.4618ba21c6p-2, -0x1.3582f4p-46f}, // 88/64
    {0x1.51aad7c2ep-2, -0x1.f4810ep-44f}, // 89/64
    {0x1.5d1bda5581p-2, -0x1.8c19dcp-44f}, // 90/64
};

// 64 zero bits, then the first 1216 bits of 2/pi after the point.
static const uint64_t SPL_TWO_OVER_PI[20] = {
    0x0000000000000000, 0xA2F9836E4E441529, 0xFC2757D1F534DDC0, 0xDB6295993C439041,
    0xFE5163ABDEBBC561, 0xB7246E3A424DD2E0, 0x06492EEA09D1921C, 0xFE1DEB1CB129A73E,
    0xE88235F52EBB4484, 0xE99C7026B45F7E41, 0x3991D639835339F4, 0x9C845F8BBDF9283B,
    0x1FF897FFDE05980F, 0xEF2F118B5A0A6D1F, 0x6D367ECF27CB09B7, 0x4F463F669E5FEA2D,
    0x7527BAC7EBE5F17B, 0x3D0739F78A5292EA, 0x6BFB5FB11F8D5D08, 0x56033046FC7B6BAB,
};

#endif

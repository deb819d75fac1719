// SPDX-License-Identifier: GPL-3.0-or-later
// The default world, the same as models/worlds/default.json (a test holds them equal). JSON is a
// sequence of C tokens, so the preprocessor turns it into a string; what it reads well stays as it is.
#include "simulate/world.h"

// Compilers need not take literals above 4,095 bytes; gcc and clang do.
#pragma GCC diagnostic ignored "-Woverlength-strings"

#define TO_STRING(...) #__VA_ARGS__

// clang-format off
static const char DEFAULT_WORLD[] = TO_STRING(
{
  "format": 1,
  "name": "default",
  "experiment": "hero",
  "outcome": "purchase",
  "variants": ["control", "social-proof", "urgency"],
  "start": "2026-01-05",
  "hours": [3.9, 3.6, 3.3, 2.9, 2.5, 2.3, 2.4, 2.8, 3.4, 3.9, 4.2, 4.4,
            4.6, 4.8, 5.0, 5.1, 5.1, 5.0, 5.1, 5.3, 5.4, 5.3, 5.0, 4.7],
  "weekdays": [1.04, 1.00, 0.98, 0.97, 0.93, 1.00, 1.08],
  "returning": {"share": 0.3, "conversion": 1.5, "within": 20000, "keeps": 2},
  "outcome_delay_minutes": 9,
  "levels": ["country", "device", "source"],
  "segments": [
    {"value": "US", "visits": 63000, "rate": 0.06, "segments": [
      {"value": "mobile", "visits": 35000, "rate": 0.075, "segments": [
        {"value": "instagram", "visits": 15000, "rate": 0.09, "rates": [0.076, 0.116, 0.078]},
        {"value": "google", "visits": 10000, "rate": 0.065, "rates": [0.057, 0.062, 0.076]},
        {"value": "direct", "visits": 10000, "rate": 0.0625, "rates": [0.0735, 0.059, 0.055]}]},
      {"value": "desktop", "visits": 25000, "rate": 0.045, "segments": [
        {"value": "google", "visits": 12000, "rate": 0.05, "rates": [0.044, 0.046, 0.06]},
        {"value": "direct", "visits": 8000, "rate": 0.04, "rates": [0.049, 0.036, 0.035]},
        {"value": "newsletter", "visits": 5000, "rate": 0.041, "rates": [0.037, 0.049, 0.037]}]},
      {"value": "tablet", "visits": 3000, "rate": 0.01, "segments": [
        {"value": "google", "visits": 1500, "rate": 0.01, "rates": [0.009, 0.01, 0.011]},
        {"value": "direct", "visits": 1500, "rate": 0.01, "rates": [0.012, 0.009, 0.009]}]}]},
    {"value": "GB", "visits": 20000, "rate": 0.04, "segments": [
      {"value": "mobile", "visits": 11000, "rate": 0.044, "segments": [
        {"value": "instagram", "visits": 5000, "rate": 0.052, "rates": [0.043, 0.046, 0.067]},
        {"value": "google", "visits": 4000, "rate": 0.039, "rates": [0.034, 0.036, 0.047]},
        {"value": "direct", "visits": 2000, "rate": 0.034, "rates": [0.042, 0.03, 0.03]}]},
      {"value": "desktop", "visits": 9000, "segments": [
        {"value": "google", "visits": 5000, "rate": 0.036, "rates": [0.032, 0.033, 0.043]},
        {"value": "direct", "visits": 4000, "rate": 0.034, "rates": [0.041, 0.031, 0.03]}]}]},
    {"value": "DE", "visits": 15000, "rate": 0.036, "segments": [
      {"value": "desktop", "visits": 8000, "rate": 0.039, "segments": [
        {"value": "google", "visits": 5000, "rate": 0.042, "rates": [0.053, 0.037, 0.036]},
        {"value": "newsletter", "visits": 3000, "rate": 0.034, "rates": [0.033, 0.039, 0.03]}]},
      {"value": "mobile", "visits": 7000, "segments": [
        {"value": "google", "visits": 4000, "rate": 0.03, "rates": [0.038, 0.027, 0.025]},
        {"value": "facebook", "visits": 3000, "rate": 0.036, "rates": [0.03, 0.046, 0.032]}]}]},
    {"value": "BR", "visits": 12000, "rate": 0.025, "segments": [
      {"value": "mobile", "visits": 9000, "segments": [
        {"value": "instagram", "visits": 5000, "rate": 0.028, "rates": [0.021, 0.023, 0.04]},
        {"value": "tiktok", "visits": 4000, "rate": 0.02, "rates": [0.017, 0.027, 0.016]}]},
      {"value": "desktop", "visits": 3000, "segments": [
        {"value": "google", "visits": 2000, "rate": 0.028, "rates": [0.025, 0.026, 0.033]},
        {"value": "direct", "visits": 1000, "rate": 0.024, "rates": [0.03, 0.021, 0.021]}]}]},
    {"value": "IN", "visits": 10000, "rate": 0.018, "segments": [
      {"value": "mobile", "visits": 8000, "rate": 0.0175, "segments": [
        {"value": "google", "visits": 5000, "rate": 0.019, "rates": [0.016, 0.025, 0.016]},
        {"value": "youtube", "visits": 3000, "rate": 0.015, "rates": [0.013, 0.013, 0.019]}]},
      {"value": "desktop", "visits": 2000, "segments": [
        {"value": "google", "visits": 2000, "rate": 0.02, "rates": [0.018, 0.024, 0.018]}]}]}],
  "raw": {
    "country": {
      "US": [
        {"weight": 46, "country": "US", "accept_language": "en-US,en;q=0.9", "utc_offset_minutes": -300},
        {"weight": 29, "country": "US", "accept_language": "en-US,en;q=0.9", "utc_offset_minutes": -360},
        {"weight": 6, "country": "US", "accept_language": "en-US,en;q=0.9", "utc_offset_minutes": -420},
        {"weight": 13, "country": "US", "accept_language": "en-US,en;q=0.9", "utc_offset_minutes": -480},
        {"weight": 6, "country": "US", "accept_language": "es-US,es;q=0.9,en;q=0.8", "utc_offset_minutes": -480}],
      "GB": [{"country": "GB", "accept_language": "en-GB,en-US;q=0.9,en;q=0.8", "utc_offset_minutes": 0}],
      "DE": [
        {"weight": 9, "country": "DE", "accept_language": "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", "utc_offset_minutes": 60},
        {"weight": 1, "country": "DE", "accept_language": "en-US,en;q=0.9,de;q=0.8", "utc_offset_minutes": 60}],
      "BR": [{"country": "BR", "accept_language": "pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7", "utc_offset_minutes": -180}],
      "IN": [
        {"weight": 3, "country": "IN", "accept_language": "en-IN,en;q=0.9,hi;q=0.8", "utc_offset_minutes": 330},
        {"weight": 1, "country": "IN", "accept_language": "hi-IN,hi;q=0.9,en-IN;q=0.8,en;q=0.7", "utc_offset_minutes": 330}]
    },
    "device": {
      "mobile": [
        {"weight": 22, "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1"},
        {"weight": 9, "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1"},
        {"weight": 5, "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0.7390.69 Mobile/15E148 Safari/604.1"},
        {"weight": 34, "user_agent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36", "sec_ch_ua_mobile": "?1", "sec_ch_ua_platform": "\"Android\""},
        {"weight": 8, "user_agent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "sec_ch_ua_mobile": "?1", "sec_ch_ua_platform": "\"Android\""},
        {"weight": 5, "user_agent": "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36"},
        {"weight": 3, "user_agent": "Mozilla/5.0 (Linux; Android 13; Redmi Note 12) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36"},
        {"weight": 2, "user_agent": "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"}],
      "desktop": [
        {"weight": 40, "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "sec_ch_ua_mobile": "?0", "sec_ch_ua_platform": "\"Windows\""},
        {"weight": 14, "user_agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "sec_ch_ua_mobile": "?0", "sec_ch_ua_platform": "\"macOS\""},
        {"weight": 14, "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "sec_ch_ua_mobile": "?0", "sec_ch_ua_platform": "\"Windows\""},
        {"weight": 12, "user_agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15"},
        {"weight": 7, "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"},
        {"weight": 3, "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
        {"weight": 2, "user_agent": "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"},
        {"weight": 2, "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0"}],
      "tablet": [
        {"weight": 6, "user_agent": "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1"},
        {"weight": 2, "user_agent": "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0.7390.69 Mobile/15E148 Safari/604.1"},
        {"weight": 3, "user_agent": "Mozilla/5.0 (Linux; Android 14; SM-X210) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"}]
    },
    "source": {
      "google": [
        {"weight": 6, "referrer": "https://www.google.com/"},
        {"weight": 3, "referrer": "https://www.google.com/", "utm_source": "google", "utm_medium": "cpc", "utm_campaign": "brand"},
        {"weight": 2, "referrer": "https://www.google.com/", "url": "https://shop.example/sale?gclid=EAIaIQobChMI8v3J"}],
      "direct": [{"referrer": ""}],
      "newsletter": [
        {"weight": 3, "utm_source": "newsletter", "utm_medium": "email", "utm_campaign": "weekly"},
        {"weight": 1, "url": "https://shop.example/new?utm_source=Newsletter&utm_medium=email&utm_campaign=welcome"}],
      "instagram": [
        {"weight": 4, "referrer": "https://l.instagram.com/"},
        {"weight": 2, "referrer": "https://www.instagram.com/"},
        {"weight": 3, "referrer": "https://l.instagram.com/", "utm_source": "instagram", "utm_medium": "social", "utm_campaign": "spring"}],
      "facebook": [
        {"weight": 3, "referrer": "https://m.facebook.com/"},
        {"weight": 2, "referrer": "https://l.facebook.com/", "utm_source": "facebook", "utm_medium": "paid_social", "utm_campaign": "retargeting"},
        {"weight": 1, "url": "https://shop.example/?fbclid=IwAR2xk7Vd0"}],
      "tiktok": [
        {"weight": 3, "referrer": "https://www.tiktok.com/"},
        {"weight": 1, "url": "https://shop.example/drop?ttclid=E.C.P.v3fQ"}],
      "youtube": [
        {"weight": 3, "referrer": "https://www.youtube.com/"},
        {"weight": 1, "referrer": "https://www.youtube.com/", "utm_source": "youtube", "utm_medium": "video", "utm_campaign": "creators"}]
    }
  }
}
);
// clang-format on

const char *spl_world_default_json(void)
{
    return DEFAULT_WORLD;
}

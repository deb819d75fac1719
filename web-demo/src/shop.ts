// SPDX-License-Identifier: MIT
// The shop that the playground and the map share: a bundle with the encoder and clusters of models/web-session, and
// visitors of the simulated world that its policy was learned in (web-demo/shop.mjs).
import type { Samplit } from '../../wasm/client/index.js';
import { openWorld } from './files.js';
import type { Visitors } from './visitors.js';

export const SHOP_BUNDLE = 'shop.safetensors';

export interface Shop {
  readonly samplit: Samplit;
  readonly visitors: Visitors;
}

let shop: Promise<Shop> | undefined;

export function openShop(): Promise<Shop> {
  return (shop ??= openWorld(SHOP_BUNDLE, 'shop-visitors.json'));
}

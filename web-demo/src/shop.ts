// SPDX-License-Identifier: MIT
// The shop that the playground and the map share: a bundle with the encoder and clusters of models/web-session, and
// visitors of the simulated world that its policy was learned in (web-demo/shop.mjs).
import { openWorld, type World } from './files.js';
import { bundleFile, type Region } from './regions.js';

export const shopFile = (region: Region): string => bundleFile('shop', region);

const shops = new Map<Region, Promise<World>>();

/** The shop as a region knows it, opened once. */
export function openShop(region: Region): Promise<World> {
  const known = shops.get(region);
  if (known) return known;
  const shop = openWorld(shopFile(region), 'shop-visitors.json', region);
  shop.catch(() => shops.delete(region)); // to be asked for again
  shops.set(region, shop);
  return shop;
}

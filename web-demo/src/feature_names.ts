// SPDX-License-Identifier: MIT
// What each number of the feature vector is, by the bundle's manifest (docs/bundle-format.md). The decision needs no
// names; people do.

interface Feature {
  readonly attribute: string;
  readonly kind: string;
  readonly categories?: readonly string[];
}

interface Manifest {
  readonly schema?: { readonly features?: readonly Feature[] };
}

function namesOf({ attribute, kind, categories }: Feature): string[] {
  if (kind === 'cyclic') return [`sin ${attribute}`, `cos ${attribute}`];
  if (kind === 'categorical') return [...(categories ?? []), 'other'].map((category) => `${attribute} = ${category}`);
  return [attribute];
}

/** `width` names; plain numbers where the manifest does not tell. */
export function featureNames(manifest: unknown, width: number): string[] {
  const features = (manifest as Manifest | undefined)?.schema?.features;
  const names = Array.isArray(features) ? features.flatMap(namesOf) : [];
  return names.length === width ? names : Array.from({ length: width }, (_, i) => String(i));
}

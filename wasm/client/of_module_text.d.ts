// SPDX-License-Identifier: MIT
// What build.mjs puts in place of this name: the scalar module, a character per byte.
declare module 'samplit:module' {
  const text: string;
  export default text;
}

// SPDX-License-Identifier: MIT
// The browser's part: the server's decision stands, it is exposed here, and the order is its outcome.
import { createClient } from '/samplit/samplit.js';

const hydrate = JSON.parse(document.getElementById('decisions').textContent);
const samplit = await createClient({ bundle: '/shop.safetensors', collect: '/v1/events', sticky: 'cookie', hydrate });
samplit.decide('hero');
document.querySelector('button').addEventListener('click', () => samplit.track('purchase', { value: 18 }));

// SPDX-License-Identifier: MIT
// The demo page: four views, each started when it is first seen.
import { startLearning } from './learning_view.js';
import { startLive } from './live.js';
import { startMap } from './map_view.js';
import { startPlayground } from './playground_view.js';
import { startRegions } from './regions.js';
import { startRouter } from './router.js';
import { startTheme } from './theme.js';

startTheme();
startRegions();
startRouter([
  { name: 'live', title: 'Live world', start: startLive },
  { name: 'learning', title: 'Learning', start: startLearning },
  { name: 'playground', title: 'Playground', start: startPlayground },
  { name: 'map', title: 'Embedding map', start: startMap },
]);

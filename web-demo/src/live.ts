// SPDX-License-Identifier: MIT
// The live world: lets visitors stream, and keeps its parts of the page up to date.
import { announce } from './announce.js';
import { openDetail } from './detail_view.js';
import { byId, el, setText } from './dom.js';
import { loadFiles, type Files } from './files.js';
import { count, kilobytes, microseconds, signedPercent, signedRange } from './format.js';
import { liftView } from './lift_view.js';
import { recentView, type RecentView } from './recent_view.js';
import { followRegion, tellServed } from './regions.js';
import type { Run, Visit } from './run.js';
import { nameOf } from './segment_names.js';
import { segmentView } from './segment_view.js';
import { Session } from './session.js';
import { Stream } from './stream.js';
import { tilesView } from './tiles_view.js';
import { HOW_TIMED, timeDecisions } from './timing.js';
import { treeView, type TreeView } from './tree_view.js';

declare const MODULE_BROTLI_BYTES: Readonly<Record<string, number>>; // set by build.mjs

const TIMED_VISITORS = 500;

// How often figures are drawn and a decision is picked out; slower for those who want less motion.
const still = matchMedia('(prefers-reduced-motion: reduce)');
const drawEveryMs = () => (still.matches ? 1000 : 120);
const pickEveryMs = () => (still.matches ? 3000 : 700);

interface Views {
  readonly tree: TreeView;
  readonly recent: RecentView;
  /** Shows the session's files, from the beginning. */
  renew(): void;
  draw(): void;
}

/** Whether a segment's figures stand below the tree, and not beside it. */
function isOneColumn(): boolean {
  return !getComputedStyle(byId('panels')).gridTemplateColumns.includes(' ');
}

function makeViews(session: Session): Views {
  const segment = segmentView(session, (node) => tree.choose(node));
  const tree: TreeView = treeView(session, (node) => {
    segment.choose(node);
    if (isOneColumn()) byId('segment-title').focus(); // which also brings it into view
  });
  const open = (visit: Visit) => {
    tree.light(visit.decision.node);
    openDetail(session.files, visit);
  };
  const recent = recentView((node) => nameOf(session.files.learned.segments, node), open);
  const drawn = [tilesView(session), liftView(session), tree, segment];
  const renew = () => {
    recent.clear();
    tree.renew();
    segment.choose(0);
  };
  return { tree, recent, renew, draw: () => drawn.forEach((view) => view.draw()) };
}

/** Draws and picks out decisions while the stream plays, neither faster than people can follow. */
function pacer(session: Session, views: Views): (now: number) => void {
  let drawnAt = -Infinity;
  let pickedAt = -Infinity;
  return (now) => {
    const { latest } = session;
    if (latest && now - pickedAt >= pickEveryMs()) {
      pickedAt = now;
      if (views.recent.add(latest)) views.tree.light(latest.decision.node);
    }
    if (now - drawnAt < drawEveryMs()) return;
    drawnAt = now;
    views.draw();
  };
}

/** What plays goes on playing only while it is seen. */
export interface Live {
  pause(): void;
  resume(): void;
}

let paused = false; // by leaving the view, not by the button

export async function startLive(): Promise<Live> {
  let live: ReturnType<typeof start> | undefined;
  await followRegion(async (region) => {
    const files = await loadFiles(region);
    return () => {
      if (live) live.open(files);
      else live = start(files);
      tellServed('live', files.learned.bundle, region.visits.world);
    };
  });
  return live!;
}

function start(files: Files): Live & { open(files: Files): void } {
  const session = new Session(files);
  let isQuiet = false; // nobody asked for the pause, so it is not announced
  const views = makeViews(session);
  const stream = new Stream({
    due: (visitors) => session.advance(visitors),
    frame: pacer(session, views),
    changed(playing) {
      setText(byId('play'), playing ? 'Pause' : session.run.finished ? 'Replay' : 'Play');
      if (playing) return;
      if (!isQuiet) announce('live', summary(session.run));
      views.draw();
    },
  });
  const pauseQuietly = () => {
    isQuiet = true;
    stream.pause();
    isQuiet = false;
  };
  const restart = () => {
    pauseQuietly();
    session.restart();
    views.recent.clear();
    views.tree.clear();
    stream.play();
  };
  const toggle = () => {
    if (stream.playing) stream.pause();
    else if (session.run.finished) restart();
    else stream.play();
  };
  wireControls(stream, toggle, restart);
  footer(files);
  stream.play();
  return {
    open(next) {
      const goesOn = stream.playing || paused || session.run.finished;
      pauseQuietly();
      session.open(next);
      views.renew();
      footer(next);
      views.draw();
      setText(byId('play'), 'Play');
      paused = goesOn && byId('view-live').hidden !== false;
      if (goesOn && !paused) stream.play();
    },
    pause() {
      paused = stream.playing;
      pauseQuietly();
    },
    resume() {
      if (paused) stream.play();
      paused = false;
    },
  };
}

function summary(run: Run): string {
  const { lift } = run;
  const known = lift ? `lift ${signedPercent(lift.value)}, 95% interval ${signedRange(lift)}` : 'too few conversions for a lift';
  return `${run.finished ? 'Finished' : 'Paused'}: ${count(run.decided)} visitors decided, ${known}.`;
}

function wireControls(stream: Stream, toggle: () => void, restart: () => void): void {
  const play = byId<HTMLButtonElement>('play');
  const again = byId<HTMLButtonElement>('restart');
  const speed = byId<HTMLFieldSetElement>('speed');
  const chosen = () => Number(speed.querySelector<HTMLInputElement>(':checked')!.value);
  play.addEventListener('click', toggle);
  again.addEventListener('click', restart);
  speed.addEventListener('change', () => (stream.perSecond = chosen()));
  stream.perSecond = chosen();
  for (const control of [play, again, speed]) control.disabled = false;
}

function footer({ learned, visitors, moduleFile, moduleBytes }: Files): void {
  const some = Array.from({ length: Math.min(TIMED_VISITORS, visitors.count) }, (_, i) => visitors.at(i));
  const time = timeDecisions(learned, visitors.experiment, some);
  const compressed = MODULE_BROTLI_BYTES[moduleFile];
  const item = (...content: (Node | string)[]) => el('span', {}, ...content);
  const strong = (text: string) => el('b', {}, text);
  byId('foot').replaceChildren(
    item('Module ', strong(kilobytes(moduleBytes)), compressed ? `, ${kilobytes(compressed)} with brotli` : ''),
    item('Decision ', strong(microseconds(time)), `, ${HOW_TIMED}`),
    item('Bundle ', el('code', {}, learned.bundle)),
  );
}

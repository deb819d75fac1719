// SPDX-License-Identifier: MIT
// The views of the page by the address: #/live, #/learning and so on. A view is started when it is first seen.
import { byId, setText } from './dom.js';
import { tellView } from './regions.js';

export interface Seen {
  pause?(): void;
  resume?(): void;
}

export interface Route {
  readonly name: string;
  readonly title: string;
  start(): Promise<Seen | void>;
}

const SITE = 'Samplit';

export function startRouter(routes: readonly Route[]): void {
  const started = new Map<Route, Promise<Seen | void>>();
  const problems = new Map<Route, string>();
  let current: Route | undefined;

  const tell = () => {
    const problem = current && problems.get(current);
    byId('problem').hidden = problem === undefined;
    setText(byId('problem'), problem ?? '');
  };

  const show = (route: Route) => {
    for (const { name } of routes) byId(`view-${name}`).hidden = name !== route.name;
    for (const link of document.querySelectorAll('.views a')) {
      if (link.getAttribute('href') === `#/${route.name}`) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    tellView(route.name);
    document.title = `${route.title} · ${SITE}`;
  };
  const enter = (route: Route) => {
    const before = current && started.get(current);
    void before?.then((seen) => seen?.pause?.(), () => {});
    current = route;
    show(route);
    tell();
    const known = started.get(route);
    if (known) return void known.then((seen) => current === route && seen?.resume?.(), () => {});
    const start = route.start();
    started.set(route, start);
    start.then(
      (seen) => current !== route && seen?.pause?.(),
      (error: unknown) => {
        problems.set(route, error instanceof Error ? error.message : String(error));
        tell();
      },
    );
  };
  const follow = (): boolean => {
    const route = location.hash === '' ? routes[0] : routes.find(({ name }) => location.hash === `#/${name}`);
    if (!route || route === current) return false; // the address of a place within the view
    enter(route);
    return true;
  };
  addEventListener('hashchange', () => {
    if (!follow()) return;
    scrollTo(0, 0);
    document.querySelector<HTMLElement>(`#view-${current!.name} h1`)?.focus();
  });
  if (!follow()) enter(routes[0]!);
}

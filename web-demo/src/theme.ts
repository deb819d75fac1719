// SPDX-License-Identifier: MIT
// Light or dark: the system's choice until the visitor makes one, which is kept.
import { byId } from './dom.js';

type Theme = 'light' | 'dark';

const KEY = 'samplit-theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners: (() => void)[] = [];

function stored(): Theme | null {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : null;
  } catch {
    return null; // storage is turned off; the system's choice stands
  }
}

function store(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // storage is turned off; the choice lasts as long as the page
  }
}

function show(theme: Theme): void {
  document.documentElement.style.colorScheme = theme;
  byId('theme').setAttribute('aria-label', `Switch to ${theme === 'dark' ? 'light' : 'dark'} colours`);
  for (const listener of listeners) listener();
}

/** Calls back when the colours have changed; canvases do not notice by themselves. */
export function onTheme(listener: () => void): void {
  listeners.push(listener);
}

export function startTheme(): void {
  let theme: Theme = stored() ?? (system.matches ? 'dark' : 'light');
  show(theme);
  byId('theme').addEventListener('click', () => {
    theme = theme === 'dark' ? 'light' : 'dark';
    store(theme);
    show(theme);
  });
  system.addEventListener('change', () => {
    if (!stored()) show((theme = system.matches ? 'dark' : 'light'));
  });
}

const resolved = new Map<string, string>();
const probe = document.createElement('i');
onTheme(() => resolved.clear());

/** What a CSS colour variable comes to now; canvases do not know variables. */
export function colour(name: string): string {
  const known = resolved.get(name);
  if (known) return known;
  if (!probe.isConnected) {
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(${name})`;
  const value = getComputedStyle(probe).color;
  resolved.set(name, value);
  return value;
}

/** The same, more transparent. */
export function faded(name: string, alpha: number): string {
  return colour(name).replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}

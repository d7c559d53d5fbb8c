// Single keys that act anywhere: ? shows them, / searches, g and a letter opens a page. They can be switched off (WCAG 2.1.4).
import { useEffect, useRef } from 'react';
import { Text } from '../i18n/Text';
import { pages } from './pages';
import { go } from './route';
import { change, settings, useSettings } from './settings';

const typing = (target: EventTarget | null) => target instanceof HTMLElement && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable);

export function Shortcuts() {
  const dialog = useRef<HTMLDialogElement>(null), { shortcuts } = useSettings();
  useEffect(() => {
    let going = false;
    const key = (e: KeyboardEvent) => {
      if (!settings.get().shortcuts || e.ctrlKey || e.metaKey || e.altKey || typing(e.target)) return;
      const to = going && pages.find((p) => p.key === e.key.toLowerCase());
      going = e.key === 'g';
      if (to) go(to.path);
      else if (e.key === '/') {
        const box = document.querySelector<HTMLInputElement>('input[type=search]');
        if (box) box.focus();
        else go('/search');
      } else if (e.key === '?') dialog.current?.showModal();
      else return;
      e.preventDefault();
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="shortcuts-title">
      <h2 id="shortcuts-title"><Text k="shortcuts.title" /></h2>
      <dl className="keys">
        <div><dt><kbd>?</kbd></dt><dd><Text k="shortcuts.title" /></dd></div>
        <div><dt><kbd>/</kbd></dt><dd><Text k="nav.search" /></dd></div>
        {pages.map((p) => <div key={p.path}><dt><kbd>g</kbd> <kbd>{p.key}</kbd></dt><dd><Text k={p.nav ?? p.title} /></dd></div>)}
        <div><dt><kbd>← ↑ ↓ →</kbd> <kbd>+</kbd> <kbd>-</kbd> <kbd>0</kbd></dt><dd><Text k="shortcuts.map" /></dd></div>
        <div><dt><kbd>← →</kbd> <kbd>Home</kbd> <kbd>End</kbd></dt><dd><Text k="shortcuts.chart" /></dd></div>
      </dl>
      <label className="check"><input type="checkbox" checked={shortcuts} onChange={(e) => change({ shortcuts: e.target.checked })} /> <Text k="settings.shortcuts" /></label>
      <form method="dialog"><button type="submit" onClick={(e) => { e.preventDefault(); dialog.current?.close(); }}><Text k="action.close" /></button></form>
    </dialog>
  );
}

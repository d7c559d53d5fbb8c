// Changes as they happen (Server-Sent Events). A browser allows six connections to a server, so a page that nobody looks at gives its own back.
import { useEffect, useRef, useState } from 'react';
import { api } from './client';
import type { Entity } from './entity';

export interface Change {
  event: 'entityCreated' | 'entityUpdated' | 'entityDeleted';
  id: string;
  type: string | string[];
  at: string;
  entity: Entity;
  changed?: string[];
  selected?: boolean;
}
const events = ['entityCreated', 'entityUpdated', 'entityDeleted'] as const;

/** Follows `query` (parameters of /events; null: nothing). `onReset`: changes were missed, read the state again. Says whether it is connected. */
export function useLive(query: string | null, onChange: (change: Change) => void, onReset?: () => void): boolean {
  const [connected, setConnected] = useState(false);
  const handlers = useRef({ onChange, onReset });
  handlers.current = { onChange, onReset };
  useEffect(() => {
    if (query === null || typeof EventSource === 'undefined') return;
    let stream: EventSource | undefined, place = '', timer: ReturnType<typeof setTimeout> | undefined;
    const open = () => {
      clearTimeout(timer);
      const mine = (stream = new EventSource(`${api}/events?${query}${place && `&since=${place}`}`));
      for (const event of events) {
        mine.addEventListener(event, (e: MessageEvent<string>) => {
          place = e.lastEventId;
          handlers.current.onChange({ event, ...(JSON.parse(e.data) as Omit<Change, 'event'>) });
        });
      }
      mine.addEventListener('reset', (e: MessageEvent<string>) => {
        place = e.lastEventId;
        handlers.current.onReset?.();
      });
      mine.onopen = () => setConnected(true);
      // It comes back by itself, behind the last event, unless the server refused it for good.
      mine.onerror = () => {
        setConnected(false);
        if (mine.readyState === EventSource.CLOSED) timer = setTimeout(open, 5000);
      };
    };
    const close = () => {
      clearTimeout(timer);
      stream?.close();
      stream = undefined;
      setConnected(false);
    };
    const look = () => (document.hidden ? close() : stream ?? open());
    document.addEventListener('visibilitychange', look);
    look();
    return () => {
      document.removeEventListener('visibilitychange', look);
      close();
    };
  }, [query]);
  return connected;
}

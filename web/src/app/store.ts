// A value that components follow. One per thing the whole portal shares: settings, the line, the queue of writes.
import { useSyncExternalStore } from 'react';

export interface Shared<T> {
  get(): T;
  set(next: T): void;
  follow(listener: () => void): () => void;
}

export function shared<T>(initial: T): Shared<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    follow(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useShared<T>(store: Shared<T>): T {
  return useSyncExternalStore(store.follow, store.get);
}

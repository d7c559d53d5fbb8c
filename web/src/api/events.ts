// Server-Sent Events read by `fetch`: EventSource can neither say for what somebody looks nor go without the sign-in. The format: HTML,
// clause 9.2 (https://html.spec.whatwg.org/multipage/server-sent-events.html).
import { heed, standing } from './caller';

export interface ServerEvent {
  event: string;
  data: string;
  id: string;
}

/** Takes text as it comes; gives whole events. */
export function eventReader(onEvent: (event: ServerEvent) => void): (text: string) => void {
  let rest = '', event = '', id = '', data: string[] = [];
  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop()!;
    for (const line of lines) {
      if (line === '') {
        if (data.length) onEvent({ event: event || 'message', data: data.join('\n'), id });
        event = '';
        data = [];
        continue;
      }
      const colon = line.indexOf(':'), name = colon < 0 ? line : line.slice(0, colon), value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (name === 'data') data.push(value);
      else if (name === 'event') event = value;
      else if (name === 'id') id = value;
    }
  };
}

const again = 3000; // milliseconds until the next attempt

/** Follows `path` until `signal` says enough; comes back by itself. `path` is asked for at each attempt. */
export async function followEvents(path: () => string, on: { open: () => void; event: (event: ServerEvent) => void; close: () => void }, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const { headers, ...how } = standing(path());
      const response = await fetch(path(), { ...how, signal, headers: { ...headers, Accept: 'text/event-stream' } });
      heed(response.status, path());
      if (response.ok && response.body) {
        on.open();
        const read = eventReader(on.event), reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        for (let piece = await reader.read(); !piece.done; piece = await reader.read()) read(piece.value);
      } else await response.body?.cancel();
    } catch {
      // the line: it is tried again
    }
    if (signal.aborted) return;
    on.close();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, again);
      signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
    });
  }
}

// A part of the portal whose code is loaded when it is needed. One that has been loaded is shown at once: React would show
// what stands in for it first, and keep that for a while.
import { type ComponentType, createElement, lazy } from 'react';
import { loadTexts } from '../i18n/text';
import { settings } from './settings';

export interface Part {
  /** Loads the code; shown without it, `View` waits for it. */
  load: () => Promise<void>;
  View: ComponentType;
}

export function part(load: () => Promise<{ default: ComponentType }>): Part {
  let loaded: ComponentType | undefined;
  const Later = lazy(load);
  return {
    load: async () => {
      loaded = (await load()).default;
    },
    View: () => createElement(loaded ?? Later),
  };
}

/** One about devices and rules. */
export const thingsPart = (load: () => Promise<{ default: ComponentType }>): Part => part(async () => {
  const { language } = settings.get();
  return (await Promise.all([load(), loadTexts(language, 'trust'), loadTexts(language, 'things')]))[0];
});

/** One about alarms and who is told. */
export const alarmsPart = (load: () => Promise<{ default: ComponentType }>): Part => part(async () => {
  const { language } = settings.get();
  return (await Promise.all([load(), loadTexts(language, 'trust'), loadTexts(language, 'things'), loadTexts(language, 'alarms')]))[0];
});

/** One whose texts are those about trust: they come with it. */
export const trustPart = (load: () => Promise<{ default: ComponentType }>): Part => part(async () => (await Promise.all([load(), loadTexts(settings.get().language, 'trust')]))[0]);

// Colours of the map, of the Digital Agency's tokens. In the dark, more is lighter.
export interface Palette {
  sea: string;
  land: string;
  border: string;
  ink: string;
  halo: string;
  chosen: string;
  mixed: string;
  onMark: string;
  grid: string;
  ramp: string[]; // few to many
  inkOnRamp: string[];
  layers: string[];
}

export const light: Palette = {
  sea: '#eaf2f8', land: '#f5f3ec', border: '#b9bfc6', ink: '#1a1a1a', halo: '#ffffff', chosen: '#ce0000', mixed: '#414141', onMark: '#ffffff', grid: '#d7e3ec',
  ramp: ['#d9e6ff', '#9db7f9', '#4979f5', '#0031d8', '#000060'],
  inkOnRamp: ['#1a1a1a', '#1a1a1a', '#ffffff', '#ffffff', '#ffffff'],
  layers: ['#0017c1', '#b8005c', '#115a36', '#8b3c00', '#5c10be', '#006173'],
};
export const dark: Palette = {
  sea: '#0b1620', land: '#232a31', border: '#4a5560', ink: '#f2f2f2', halo: '#0d1318', chosen: '#ff9b8a', mixed: '#d0d4d8', onMark: '#0d1318', grid: '#1a2833',
  ramp: ['#00235c', '#0b47b0', '#3f78f0', '#97b6fb', '#e8f1fe'],
  inkOnRamp: ['#ffffff', '#ffffff', '#ffffff', '#0d1318', '#0d1318'],
  layers: ['#9db7f9', '#ffa8cf', '#71c598', '#ffb680', '#cda6ff', '#79e2f2'],
};

function mixed(a: string, b: string, share: number): string {
  const part = (from: number) => Math.round(parseInt(a.slice(from, from + 2), 16) * (1 - share) + parseInt(b.slice(from, from + 2), 16) * share);
  return `#${[1, 3, 5].map((from) => part(from).toString(16).padStart(2, '0')).join('')}`;
}

/** `count` colours of the ramp, from its ends inward. */
export function rampOf(palette: Palette, count: number): string[] {
  const { ramp } = palette;
  if (count <= 1) return [ramp[2]!];
  return Array.from({ length: count }, (_, i) => {
    const place = (i * (ramp.length - 1)) / (count - 1), below = Math.floor(place);
    return below === place ? ramp[below]! : mixed(ramp[below]!, ramp[below + 1]!, place - below);
  });
}

// QR codes (ISO/IEC 18004): bytes, error correction M, versions 1 to 10 (213 bytes).
const raw = [26, 44, 70, 100, 134, 172, 196, 242, 292, 346], ecc = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26], blocks = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5];
const aligned = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];

/** Product in GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1. */
function times(a: number, b: number): number {
  let out = 0;
  for (let i = 7; i >= 0; i--) out = (out << 1) ^ ((out >> 7) * 0x11d) ^ (((b >> i) & 1) * a);
  return out;
}

function correction(data: number[], degree: number): number[] {
  const divisor = [...Array<number>(degree - 1).fill(0), 1];
  for (let i = 0, root = 1; i < degree; i++, root = times(root, 2)) {
    for (let j = 0; j < degree; j++) divisor[j] = times(divisor[j]!, root) ^ (divisor[j + 1] ?? 0);
  }
  const out = Array<number>(degree).fill(0);
  for (const byte of data) {
    const factor = byte ^ out.shift()!;
    out.push(0);
    divisor.forEach((d, i) => { out[i]! ^= times(d, factor); });
  }
  return out;
}

function codewords(bytes: Uint8Array, v: number): number[] {
  const room = raw[v]! - ecc[v]! * blocks[v]!, bits: number[] = [];
  const put = (value: number, length: number) => { for (let i = length - 1; i >= 0; i--) bits.push((value >> i) & 1); };
  put(4, 4);
  put(bytes.length, v >= 9 ? 16 : 8);
  bytes.forEach((b) => put(b, 8));
  put(0, Math.min(4, room * 8 - bits.length));
  while (bits.length % 8) bits.push(0);
  const data = Array.from({ length: bits.length / 8 }, (_, i) => parseInt(bits.slice(i * 8, i * 8 + 8).join(''), 2));
  for (let i = 0; data.length < room; i++) data.push(i % 2 ? 0x11 : 0xec);
  const short = Math.floor(room / blocks[v]!), longer = room % blocks[v]!, parts: number[][] = [];
  for (let i = 0, at = 0; i < blocks[v]!; i++) {
    const length = short + Number(i >= blocks[v]! - longer);
    parts.push(data.slice(at, at + length));
    at += length;
  }
  const fixes = parts.map((p) => correction(p, ecc[v]!)), out: number[] = [];
  for (let i = 0; i <= short; i++) parts.forEach((p) => i < p.length && out.push(p[i]!));
  for (let i = 0; i < ecc[v]!; i++) fixes.forEach((f) => out.push(f[i]!));
  return out;
}

const masks: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0, (_, y) => y % 2 === 0, (x) => x % 3 === 0, (x, y) => (x + y) % 3 === 0, (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0, (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0, (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** How hard a pattern is to read. */
function penalty(m: boolean[][]): number {
  const size = m.length;
  let out = 0, dark = 0;
  for (const turned of [false, true]) {
    const at = (a: number, b: number) => (turned ? m[b]![a]! : m[a]![b]!);
    for (let i = 0; i < size; i++) {
      let line = '';
      for (let j = 0; j < size; j++) line += Number(at(i, j));
      for (const run of line.match(/0{5,}|1{5,}/g) ?? []) out += run.length - 2;
      for (let j = 0; j + 11 <= size; j++) if (/^(10111010000|00001011101)$/.test(line.slice(j, j + 11))) out += 40;
    }
  }
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      dark += Number(m[y]![x]);
      if (x && y && m[y]![x] === m[y - 1]![x] && m[y]![x] === m[y]![x - 1] && m[y]![x] === m[y - 1]![x - 1]) out += 3;
    }
  }
  return out + Math.floor(Math.abs((dark * 20) / size ** 2 - 10)) * 10;
}

/** Rows of dark (true) and light. Undefined: the text is too long. */
export function qr(text: string): boolean[][] | undefined {
  const bytes = new TextEncoder().encode(text);
  const v = raw.findIndex((all, i) => 12 + (i >= 9 ? 8 : 0) + bytes.length * 8 <= (all - ecc[i]! * blocks[i]!) * 8);
  if (v < 0) return undefined;
  const size = 21 + 4 * v, m = Array.from({ length: size }, () => Array<boolean>(size).fill(false)), fixed = m.map((row) => [...row]);
  const set = (x: number, y: number, dark: boolean) => {
    if (x < 0 || y < 0 || x >= size || y >= size) return;
    m[y]![x] = dark;
    fixed[y]![x] = true;
  };
  const square = (cx: number, cy: number, reach: number, dark: (far: number) => boolean) => {
    for (let y = -reach; y <= reach; y++) for (let x = -reach; x <= reach; x++) set(cx + x, cy + y, dark(Math.max(Math.abs(x), Math.abs(y))));
  };
  for (let i = 0; i < size; i++) { set(6, i, i % 2 === 0); set(i, 6, i % 2 === 0); }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]] as const) square(x, y, 4, (far) => far !== 2 && far !== 4);
  const places = aligned[v]!, last = places.length - 1;
  places.forEach((y, i) => places.forEach((x, j) => { if (!((i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0))) square(x, y, 2, (far) => far !== 1); }));
  const bch = (value: number, degree: number, generator: number) => {
    let rest = value << degree;
    for (let i = 17; i >= degree; i--) if ((rest >> i) & 1) rest ^= generator << (i - degree);
    return (value << degree) | rest;
  };
  const format = (mask: number) => {
    const bits = bch(mask, 10, 0x537) ^ 0x5412, bit = (i: number) => ((bits >> i) & 1) === 1; // M is 00
    for (let i = 0; i < 6; i++) set(8, i, bit(i));
    set(8, 7, bit(6)); set(8, 8, bit(7)); set(7, 8, bit(8));
    for (let i = 9; i < 15; i++) set(14 - i, 8, bit(i));
    for (let i = 0; i < 8; i++) set(size - 1 - i, 8, bit(i));
    for (let i = 8; i < 15; i++) set(8, size - 15 + i, bit(i));
    set(8, size - 8, true);
  };
  format(0);
  if (v >= 6) {
    const bits = bch(v + 1, 12, 0x1f25);
    for (let i = 0; i < 18; i++) {
      const a = size - 11 + (i % 3), b = Math.floor(i / 3), dark = ((bits >> i) & 1) === 1;
      set(a, b, dark); set(b, a, dark);
    }
  }
  const stream = codewords(bytes, v);
  let at = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      for (const x of [right, right - 1]) {
        const y = ((right + 1) & 2) === 0 ? size - 1 - step : step;
        if (!fixed[y]![x] && at < stream.length * 8) { m[y]![x] = ((stream[at >> 3]! >> (7 - (at & 7))) & 1) === 1; at++; }
      }
    }
  }
  let best: boolean[][] | undefined, least = Infinity;
  masks.forEach((flips, mask) => {
    format(mask);
    const tried = m.map((row, y) => row.map((dark, x) => dark !== (!fixed[y]![x] && flips(x, y)))), score = penalty(tried);
    if (score < least) [best, least] = [tried, score];
  });
  return best;
}

/** The same as the path of an SVG whose unit is a module. */
export const qrPath = (rows: boolean[][]): string => rows.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('');

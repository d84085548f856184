/**
 * Where does chance come from, and how is it repeated? A named, seeded generator whose draws are
 * the same on every machine, and the only file that asks the system for randomness (for a seed).
 * Never for secrets.
 * Sources: xoshiro128** 1.1, Blackman & Vigna, "Scrambled linear pseudorandom number generators",
 * ACM TOMS 47(4), 2021; splitmix, Steele, Lea & Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014, in 32 bits with the multipliers of Wellons' two-round mixer.
 * @module
 */

/** A stream of random numbers. The same seed gives the same stream. */
export interface Rng {
  /** The algorithm, for the manifest. */
  readonly name: string;
  /** What the stream starts from; `createRng(seed)` repeats it. */
  readonly seed: number;
  /** Uniform in [0, 1), a multiple of 2^-53. */
  next(): number;
  /**
   * Uniform integer in [0, n), without modulo bias.
   * @param n 1 .. 2^53
   * @throws {RangeError} if `n` is not an integer in that range
   */
  integerBelow(n: number): number;
  /**
   * A stream of its own that depends on this one's seed and the label alone: how much was drawn
   * from this stream, or from other forks, does not matter.
   */
  fork(label: string): Rng;
}

const NAME = "xoshiro128** 1.1 / splitmix32";
const TWO_32 = 2 ** 32;
const TWO_53 = 2 ** 53;
/** 2^32 divided by the golden ratio, made odd: the step of splitmix. */
const GOLDEN_GAMMA = 0x9e3779b9;

/** The states of the generator: four 32-bit words, not all zero. */
export type Xoshiro128State = readonly [number, number, number, number];

function rotateLeft(word: number, bits: number): number {
  return word << bits | word >>> (32 - bits);
}

/** A bijection of the 32-bit words that makes neighbours differ in about half of their bits. */
function mix32(word: number): number {
  let mixed = word ^ word >>> 16;
  mixed = Math.imul(mixed, 0x21f0aaad);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x735a2d97);
  return (mixed ^ mixed >>> 15) >>> 0;
}

/**
 * Four words of splitmix32 from the low 32 bits of the seed, with its high 21 bits added after the
 * first word, so that no two seeds share a state. Never all zero: `mix32` has one zero only, and
 * the last two words mix different values.
 */
export function splitmixState(seed: number): Xoshiro128State {
  let counter = (seed % TWO_32) >>> 0;
  const nextWord = () => mix32(counter = (counter + GOLDEN_GAMMA) | 0);
  const first = nextWord();
  counter ^= Math.floor(seed / TWO_32);
  return [first, nextWord(), nextWord(), nextWord()];
}

/** The bare generator: each call gives the next unsigned 32-bit word. */
export function xoshiro128StarStar(state: Xoshiro128State): () => number {
  let [a, b, c, d] = state;
  return () => {
    const word = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return word;
  };
}

/** 53 bits of a hash over the seed and the label's UTF-16 units, in two differently started lanes. */
function forkSeed(seed: number, label: string): number {
  let low = mix32(seed % TWO_32 ^ GOLDEN_GAMMA);
  let high = mix32(low ^ Math.floor(seed / TWO_32));
  for (let index = 0; index < label.length; index++) {
    low = mix32(low + GOLDEN_GAMMA + label.charCodeAt(index) | 0);
    high = mix32(high + low | 0);
  }
  // A last step, so that the empty label does not give back the parent.
  low = mix32(low + GOLDEN_GAMMA + label.length | 0);
  high = mix32(high + low | 0);
  return (high >>> 11) * TWO_32 + low;
}

/**
 * The generator of scaletool.
 * @param seed 0 .. 2^53 - 1
 * @throws {RangeError} if `seed` is not an integer in that range
 */
export function createRng(seed: number): Rng {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`Cannot seed with ${seed}: expected an integer from 0 to 2^53 - 1`);
  }
  const nextWord = xoshiro128StarStar(splitmixState(seed));
  /** 27 bits of one word above 26 bits of the next. */
  const nextBits53 = () => (nextWord() >>> 5) * 2 ** 26 + (nextWord() >>> 6);
  return {
    name: NAME,
    seed,
    next: () => nextBits53() / TWO_53,
    integerBelow(n) {
      if (!Number.isInteger(n) || n < 1 || n > TWO_53) {
        throw new RangeError(`Cannot draw below ${n}: expected an integer from 1 to 2^53`);
      }
      // The draws from the last, incomplete run of n values are rejected; they are the bias.
      const limit = TWO_53 - TWO_53 % n;
      let bits = nextBits53();
      while (bits >= limit) bits = nextBits53();
      return bits % n;
    },
    fork: (label) => createRng(forkSeed(seed, label)),
  };
}

/** A seed from the system for runs that name none: 1 .. 2^31 - 1, short enough to type again. */
export function randomSeed(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return 1 + word % (2 ** 31 - 1);
}

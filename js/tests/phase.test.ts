/** When the page's frames are, by the kernel's clock. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Phase } from "../src/phase";

const FRAME = 1000 / 60;
let now = 0;
let waiting: ((begun: number) => void) | null = null;

beforeEach(() => {
  now = 0;
  waiting = null;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  vi.stubGlobal("requestAnimationFrame", (callback: (begun: number) => void) => {
    waiting = callback;
    return 1;
  });
  vi.stubGlobal("cancelAnimationFrame", () => {
    waiting = null;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** A batch that the kernel made at an instant of its clock, took so long, and came with the next frame; frames are at 0 + n · FRAME. */
function batch(phase: Phase, made: number, took: number): void {
  now = made + 5000 + took; // the clocks differ
  phase.arrived(made);
  waiting?.((Math.floor(now / FRAME) + 1) * FRAME);
}

/** The instant, modulo a frame, at which the kernel has to send what takes so long. */
function just(took: number): number {
  return (((-5000 - took) % FRAME) + FRAME) % FRAME;
}

it("says when to send what would just be in time", () => {
  const phase = new Phase();
  for (let i = 0; i < 20; i++) batch(phase, i * 37.3, 6);
  expect(phase.take()).toBeCloseTo(just(6), 0);
});

it("is for most of them, and not for the slowest", () => {
  const phase = new Phase();
  for (let i = 0; i < 40; i++) batch(phase, i * 37.3, i % 10 === 0 ? 11 : 5 + (i % 3) / 2);
  expect(phase.take()).toBeCloseTo(just(6), 0);
});

it("says nothing of a few, of what has no rhythm, and of what was told already", () => {
  const phase = new Phase();
  for (let i = 0; i < 3; i++) batch(phase, i * 40, 6);
  expect(phase.take()).toBeNull();
  for (let i = 0; i < 40; i++) batch(phase, i * 40, (i * FRAME) / 10);
  expect(phase.take()).toBeNull();
  for (let i = 0; i < 40; i++) batch(phase, i * 40, 6);
  expect(phase.take()).not.toBeNull();
  expect(phase.take()).toBeNull();
});

it("asks for one frame at a time, and for none when it has ended", () => {
  const phase = new Phase();
  phase.arrived(1);
  const first = waiting;
  phase.arrived(2);
  expect(waiting).toBe(first);
  phase.stop();
  expect(waiting).toBeNull();
});

/**
 * What all lanes say, as one conversation: a block for each sentence of a lane, in the order in which they began. Several lanes write at
 * once, word by word, so several blocks grow at the end; taken strictly by arrival it would be a word of each in turn, which nobody can
 * read (`session.conductor` has it so). Pure.
 */

import type { BoardLink } from "../protocol";
import type { Lane, Store } from "../store";

/** Seconds of silence after which a lane begins another block, and characters after which the next end of a sentence ends one. */
const PAUSE = 2;
const ENOUGH = 60;
/** Characters of a block: longer than any sentence. */
const LONGEST = 600;
const SENTENCE = /[.!?…:。！？]["')\]”’]?\s*$|\n\s*$/;

export interface Block {
  /** Seconds on the session's clock. */
  time: number;
  /** When its last piece came. */
  last: number;
  lane: Lane | null;
  /** Of a part, or "link". */
  kind: string;
  text: string;
  /** The frame that began it. */
  frame: number;
  /** Grows with the text; what has been drawn of it is then too little. */
  version: number;
  link?: { from: string[]; to: string; kind: BoardLink["kind"]; text: string };
}

/** How far a lane has been read. */
interface Read {
  lane: Lane;
  epoch: number;
  /** Of each part: its version, and the pieces of it that were taken. */
  parts: { version: number; taken: number }[];
  /** Parts before this one are closed and read. */
  first: number;
  open: Block | null;
}

export class Conversation {
  blocks: Block[] = [];
  /** Grows when blocks went, or came in between: what has been drawn is then in the wrong order. */
  epoch = 0;
  #read = new Map<string, Read>();
  #links = "[]";
  #board: unknown = null;

  /** Take in what is new. Whether anything was. */
  update(store: Store): boolean {
    const parents = new Set<string | undefined>();
    for (const lane of store.lanes.values()) parents.add(lane.state.parent || undefined);
    let changed = false;
    for (const [id, read] of this.#read) {
      if (store.lanes.get(id) === read.lane && read.epoch === read.lane.epoch && !parents.has(id) && !replaced(read)) continue;
      this.#read.delete(id);
      this.blocks = this.blocks.filter((block) => block.lane !== read.lane);
      this.epoch++;
      changed = true;
    }
    for (const id of store.order) {
      const lane = store.lanes.get(id);
      if (lane && !parents.has(id)) changed = this.#take(lane) || changed; // a stream that is split speaks in its lanes
    }
    return this.#takeLinks(store) || changed;
  }

  #take(lane: Lane): boolean {
    let read = this.#read.get(lane.id);
    if (!read) {
      read = { lane, epoch: lane.epoch, parts: [], first: 0, open: null };
      this.#read.set(lane.id, read);
    }
    const fresh: { frame: number; part: number; piece: number }[] = [];
    for (let i = read.first; i < lane.parts.length; i++) {
      const part = lane.parts[i] as Lane["parts"][number];
      read.parts[i] ??= { version: part.version, taken: 0 };
      const known = read.parts[i] as Read["parts"][number];
      for (let piece = known.taken; piece < part.length; piece++) fresh.push({ frame: part.piece(piece).frame, part: i, piece });
      known.taken = part.length;
      if (i === read.first && part.closed) read.first++;
    }
    if (fresh.length === 0) return false;
    fresh.sort((a, b) => a.frame - b.frame || a.part - b.part || a.piece - b.piece);
    for (const one of fresh) this.#put(read, one.part, one.piece, one.frame);
    return true;
  }

  #put(read: Read, index: number, piece: number, frame: number): void {
    const { lane } = read;
    const part = lane.parts[index] as Lane["parts"][number];
    const text = (piece > 0 ? part.join : "") + part.pieceText(piece);
    const time = lane.state.start + lane.columns.time(frame);
    const { open } = read;
    if (open && open.kind === part.kind && time - open.last <= PAUSE && !isWhole(open.text) && open.text.length < LONGEST) {
      open.text += text;
      open.last = time;
      open.version++;
      return;
    }
    if (open && text.trim() === "") {
      open.text += text;
      return;
    }
    const name = part.kind === "tool_call" && piece === 0 && typeof part.fields.name === "string" ? `${part.fields.name} ` : "";
    read.open = { time, last: time, lane, kind: part.kind, text: name + text, frame, version: 0 };
    this.#insert(read.open);
  }

  /** Put a block where its time says; lanes come one after the other, so that is not always the end. */
  #insert(block: Block): void {
    let place = this.blocks.length;
    while (place > 0 && (this.blocks[place - 1] as Block).time > block.time) place--;
    if (place < this.blocks.length) this.epoch++;
    this.blocks.splice(place, 0, block);
  }

  #takeLinks(store: Store): boolean {
    if (store.board === this.#board) return false;
    this.#board = store.board;
    const links = linksOf(store.board?.links);
    const name = JSON.stringify(links);
    if (name === this.#links) return false;
    this.#links = name;
    this.blocks = this.blocks.filter((block) => block.kind !== "link");
    this.epoch++;
    for (const { from, to, time, kind, text } of links) {
      this.#insert({ time, last: time, lane: null, kind: "link", text: "", frame: -1, version: 0, link: { from, to, kind, text } });
    }
    return true;
  }
}

/** Whether text that was taken has been replaced since. */
function replaced(read: Read): boolean {
  return read.parts.some((known, i) => read.lane.parts[i]?.version !== known.version);
}

function isWhole(text: string): boolean {
  return text.length >= ENOUGH && SENTENCE.test(text.slice(-8));
}

/** The links of a board, those that one lane waits for as one: it goes on with the last of them. */
export function linksOf(given: unknown): { from: string[]; to: string; time: number; kind: BoardLink["kind"]; text: string }[] {
  const found: ReturnType<typeof linksOf> = [];
  for (const one of Array.isArray(given) ? given : []) {
    const { from, to, time, kind, text } = (one ?? {}) as Partial<BoardLink>;
    if (typeof from !== "string" || typeof to !== "string" || typeof time !== "number" || !Number.isFinite(time)) continue;
    if (kind !== "handoff" && kind !== "barrier" && kind !== "wait") continue;
    const same = kind === "handoff" ? undefined : found.find((other) => other.kind === kind && other.to === to);
    if (same) {
      same.from.push(from);
      same.time = Math.max(same.time, time);
    } else found.push({ from: [from], to, time, kind, text: typeof text === "string" ? text : "" });
  }
  return found;
}

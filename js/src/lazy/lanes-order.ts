/** What a person has chosen on the board: order, what is folded, and which lane alone is to be seen. Pure. */

export class Choice {
  /** Lane ids from the top. */
  order: string[] = [];
  folded = new Set<string>();
  solo: string | null = null;

  /** Take in which lanes there are; new ones come last, in the order in which they came. */
  keep(lanes: readonly string[]): void {
    const known = new Set(lanes);
    const here = new Set(this.order);
    this.order = [...this.order.filter((id) => known.has(id)), ...lanes.filter((id) => !here.has(id))];
    if (this.solo !== null && !known.has(this.solo)) this.solo = null;
  }

  /** Put a lane at this place, counted from 0. */
  move(lane: string, to: number): boolean {
    const from = this.order.indexOf(lane);
    const place = Math.max(0, Math.min(this.order.length - 1, to));
    if (from < 0 || from === place) return false;
    this.order.splice(place, 0, ...this.order.splice(from, 1));
    return true;
  }

  toggleSolo(lane: string): void {
    this.solo = this.solo === lane ? null : lane;
  }

  fold(lane: string, folded: boolean): void {
    if (folded) this.folded.add(lane);
    else this.folded.delete(lane);
  }

  /** Whether the output of this lane is to be seen. */
  shows(lane: string): boolean {
    return this.solo === null ? !this.folded.has(lane) : this.solo === lane;
  }
}

import { describe, expect, it } from 'vitest';
import { DeliveryCount } from '../web/delivery-count.ts';

function counted(...seqs: number[]): DeliveryCount {
  const count = new DeliveryCount();
  for (const seq of seqs) count.arrived(seq);
  return count;
}

describe('DeliveryCount', () => {
  it('counts nothing as lost or doubled while each seq follows the one before', () => {
    const count = counted(1, 2, 3);
    expect(count.get()).toEqual({ received: 3, lost: 0, doubled: 0 });
    expect(count.isDoubtful).toBe(false);
  });

  it('counts what comes twice, or too late, as doubled', () => {
    expect(counted(1, 2, 2).get().doubled).toBe(1);
    expect(counted(1, 3, 2).get().doubled).toBe(1);
    expect(counted(1, 2, 3, 1, 2, 3).get().doubled).toBe(3);
  });

  it('takes a hole for a loss only if the log holds what is missing', () => {
    const count = counted(1, 2, 6);
    expect(count.isDoubtful).toBe(true);
    count.compare([1, 2, 4, 6], 6);
    expect(count.get().lost).toBe(1);
    expect(count.isDoubtful).toBe(false);

    const compacted = counted(1, 2, 6);
    compacted.compare([1, 2, 6], 6);
    expect(compacted.get().lost).toBe(0);
    expect(compacted.isDoubtful).toBe(false);
  });

  it('keeps a hole in doubt that opened after the look began', () => {
    const count = counted(1, 2);
    count.arrived(5);
    count.compare([1, 2], 2);
    expect(count.isDoubtful).toBe(true);
    count.compare([1, 2, 3, 5], 5);
    expect(count.get().lost).toBe(1);
  });

  it('gives what is beyond the last arrival until the next look to arrive', () => {
    const late = counted(1, 2);
    late.compare([1, 2, 3, 4], 2);
    expect(late.get().lost).toBe(0);
    late.arrived(3);
    late.arrived(4);
    late.compare([1, 2, 3, 4], 4);
    expect(late.get()).toEqual({ received: 4, lost: 0, doubled: 0 });

    const never = counted(1, 2);
    never.compare([1, 2, 3, 4], 2);
    never.compare([1, 2, 3, 4], 2);
    expect(never.get().lost).toBe(2);
    never.compare([1, 2, 3, 4], 2);
    expect(never.get().lost).toBe(2);
    never.arrived(3);
    expect(never.get()).toEqual({ received: 3, lost: 1, doubled: 0 });
  });

  it('counts what was skipped while it was thought to be on its way', () => {
    const count = counted(1, 2);
    count.compare([1, 2, 3], 2);
    count.arrived(4);
    count.compare([1, 2, 3, 4], 4);
    expect(count.get().lost).toBe(1);
  });
});

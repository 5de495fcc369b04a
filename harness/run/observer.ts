import type { SampleBody } from '../contracts/ledger.ts';
import type { CellPlan } from '../contracts/plan.ts';

/** What a progress display gets to see while cells run. */
export type RunEvent =
  | {
      readonly kind: 'cell-starting';
      readonly cell: CellPlan;
      readonly index: number;
      readonly total: number;
    }
  | {
      readonly kind: 'sampled';
      readonly cell: CellPlan;
      readonly sample: SampleBody;
      readonly cycles: number;
    }
  | {
      readonly kind: 'retried';
      readonly cell: CellPlan;
      readonly cycle: number;
      readonly reason: string;
    }
  | { readonly kind: 'warning'; readonly cell: CellPlan; readonly says: string }
  | { readonly kind: 'cell-ended'; readonly cell: CellPlan }
  | {
      readonly kind: 'cell-failed';
      readonly cell: CellPlan;
      readonly cycle: number;
      readonly reason: string;
    };

export type Observer = (event: RunEvent) => void;

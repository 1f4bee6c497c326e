// One figure and what is asked of it.
export interface Figure {
  figure: string;
  value: number;
  unit: string;
  goal: string;
  met: boolean;
  note?: string;
}

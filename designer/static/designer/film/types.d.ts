/** The types of a film. They are for the check only: nothing loads them. */

type Paint = Record<string, [string, string, string, string]>;
type Frame = { at: string; words: string; back: boolean; element: string; paint: Paint };
type Pictures = { title: string; frames: Frame[]; end: string; others: { end: string; words: string }[] };

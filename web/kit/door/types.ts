// The operations of the door as the pages speak of them; the shapes come from its own description.
import type { operations } from "./openapi";

export type OperationName = keyof operations;

type Body<Name extends OperationName> = operations[Name] extends {
  requestBody?: { content: { "application/json": infer Given } };
}
  ? Given
  : Record<string, never>;

type Told<Name extends OperationName> = operations[Name] extends {
  responses: { 200: { content: { "application/json": infer Answer } } };
}
  ? Answer
  : never;

export type Arguments<Name extends OperationName> = Body<Name>;
export type Line<Name extends OperationName> = Told<Name> extends { lines?: (infer Each)[] } ? Each : never;
export type Answer<Name extends OperationName> = Told<Name> extends { answer?: infer All } ? All : never;

export interface Said<Name extends OperationName> {
  lines: Line<Name>[];
  answer: Answer<Name>;
}

export type RecordLine = Line<"records.list">;
export type ShownRecord = Line<"record.show">;
export type Campaign = Line<"campaigns.list">;
export type Form = Campaign["forms"][number];
export type Field = Form["fields"][number];
export type Conflict = Line<"conflicts.list">;
export type Candidate = Conflict["candidates"][number];
export type Unit = Line<"units.list">;
export type Notice = { field?: string; reason: string; text: string; args: string[]; records?: number };
export type FieldValue = string | number | boolean | null | FieldValue[];

// One headquarters and its sites, with the real programs: made for a worker's tests, ended with them.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

export const PASSWORD = "correct horse battery";
const top = resolve(import.meta.dirname, "../..");
const bin = process.env["SITELOG_BIN"] ?? join(top, "build/release/bin");
const definitions = join(top, "campaign/definitions");

export type Fields = Record<string, string | number>;

export const EVENT: Fields = { kind: "送讲座", title: "安全讲座", date: "2020-07-01", level: "基层", status: "已举办", participants: 40, venue: "学习室" };

export class World {
  readonly folder = mkdtempSync(join(tmpdir(), "sitelog-story-"));
  private daemon: ChildProcess | undefined;
  private address = "127.0.0.1:0";
  page = "";

  // With units, the shipped campaign, and an account of each kind.
  static async begin(): Promise<World> {
    const world = new World();
    world.headquarters("init", "--name", "平顶山市总工会");
    world.headquarters("units", "import", join(definitions, "units-thousand-events.csv"));
    world.headquarters("campaign", "publish", join(definitions, "thousand-events.toml"));
    world.account("admin", "administrator");
    world.account("office", "office");
    world.account("checker", "checker", "shenma");
    await world.serve();
    return world;
  }

  private run(program: string, data: string, words: string[], input = ""): string {
    return execFileSync(join(bin, program), ["--lang", "zh", "--data", join(this.folder, data), ...words], { input, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"], maxBuffer: 256 * 1024 * 1024 });
  }

  headquarters(...words: string[]): string {
    return this.run("sitelogd", "hq", words);
  }

  site(who: string, ...words: string[]): string {
    return this.run("sitelog", who, words);
  }

  account(name: string, role: string, unit?: string): void {
    this.run("sitelogd", "hq", ["accounts", "add", name, "--role", role, ...(unit ? ["--unit", unit] : []), "--password-stdin"], `${PASSWORD}\n`);
  }

  async serve(): Promise<void> {
    const daemon = spawn(join(bin, "sitelogd"), ["--data", join(this.folder, "hq"), "serve", "--listen", this.address, "--json"], { stdio: ["ignore", "pipe", "ignore"] });
    this.daemon = daemon;
    const lines = createInterface({ input: daemon.stdout });
    const said = await new Promise<string>((told, failed) => {
      lines.once("line", told);
      daemon.once("exit", (code) => failed(new Error(`sitelogd ended with ${String(code)}`)));
    });
    const at = JSON.parse(said) as { listening: string; page: string };
    this.address = at.listening;
    this.page = at.page;
  }

  async stop(): Promise<void> {
    const daemon = this.daemon;
    this.daemon = undefined;
    if (!daemon || daemon.exitCode !== null) return;
    const ended = new Promise((done) => daemon.once("exit", done));
    daemon.kill("SIGTERM");
    await ended;
  }

  // A device of the unit, by an invitation of its own.
  join(who: string, unit: string): void {
    const invited = JSON.parse(this.headquarters("invite", "--unit", unit, "--json")) as { code: string };
    this.site(who, "join", invited.code, "--headquarters", this.address, "--name", who);
  }

  // Records each; gives back their ids.
  record(who: string, events: Fields[]): string[] {
    const file = join(this.folder, `${who}.jsonl`);
    writeFileSync(file, events.map((each) => JSON.stringify(each)).join("\n"));
    const lines = this.site(who, "record", "event", "--from", file, "--again", "--json").trim().split("\n");
    return lines.map((line) => (JSON.parse(line) as { record?: string }).record).filter((record) => record !== undefined);
  }

  // Sends to be reviewed all that is to be sent, and syncs.
  send(who: string): void {
    this.site(who, "send", "--all");
    this.site(who, "sync");
  }

  shown(record: string): Record<string, unknown> {
    return JSON.parse(this.headquarters("records", "show", record, "--json").split("\n")[0] ?? "{}") as Record<string, unknown>;
  }

  // The word by which headquarters' people name a record as it was shown.
  word(record: string): string {
    return `${record}@${String(this.shown(record)["code"])}`;
  }

  async end(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

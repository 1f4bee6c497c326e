#!/usr/bin/env python3
"""The whole story in under a minute: record offline, sync, resolve, review.

    python3 demo/demo.py BIN_FOLDER DATA_FOLDER [--lang zh|en]

Runs the real programs and checks every number it tells. Exit status: 0 all was as told, 1 not.
Everything recorded here is invented; only the campaign and its units are from a real document.
"""

import argparse
import fcntl
import json
import os
import shutil
import signal
import sys
import time

sys.dont_write_bytecode = True

from events import DEVICES, MINE, SITE, STORY, TOTAL, WORKSHOP, invent
from telling import Teller, language_of_environment
from world import NotAsTold, World, check, equal

CAMPAIGN = "thousand-events"
DEFINITIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../campaign/definitions")
DEFINITION = os.path.relpath(os.path.join(DEFINITIONS, "thousand-events.toml"))
UNITS = os.path.relpath(os.path.join(DEFINITIONS, "units-thousand-events.csv"))
MARKER = ".made-by-the-demo"
CHECKED = "shenma"
# Only of this demonstration's headquarters, which listens on this computer alone.
PASSWORD = "look before you accept"
ACCOUNTS = [("管理员", "administrator", None), ("神马审核人", "checker", CHECKED), ("宣教部", "office", None)]


def set_up(tell, world):
    tell.step("市总工会建立总部，导入单位，发布活动方案。",
              "Headquarters is set up; units are imported, the campaign is published.")
    world.show("hq", "init", "--name", "平顶山市总工会")
    world.show("hq", "units", "import", UNITS)
    equal(len(world.ask("hq", "units", "list")), 34, "units known")
    world.show("hq", "campaign", "publish", DEFINITION)
    published = world.ask("hq", "campaign", "check", DEFINITION)[-1]
    equal(published["quota_sum"], 596, "the sum of the quotas")
    check(any("600" in notice["args"] and "596" in notice["args"]
              for notice in published["notices"]), "600 against 596 is told")
    tell.say("文件上印的总计是 600 场，各单位相加却是 596 场：照实说出，不悄悄改。",
             "The document prints a total of 600, its rows add up to 596: said openly, not hidden.")


def join(tell, world):
    tell.step("总部开始服务；三个单位的五台终端凭一次性邀请码加入。",
              "The daemon serves; five devices of three units join, each with a one-time code.")
    world.serve()
    for number, (who, (unit, name, _)) in enumerate(DEVICES.items()):
        words = ["invite", "--unit", unit, "--json"]
        if number == 0:
            tell.command(world.command("hq", words))
        invited = world.ask("hq", *words[:-1])[0]
        if number == 0:
            tell.output(json.dumps(invited, ensure_ascii=False))
        words = ["join", invited["code"], "--headquarters", world.address, "--name", name]
        if number == 0:
            world.show(who, *words)
        else:
            world.run(who, words)
    tell.say("其余四台同样加入。邀请码里有总部的指纹，第一次联系就能认出真假。",
             "The other four join alike. The code holds headquarters' fingerprint, so that even the "
             "first contact is with the right one.")
    equal(len(world.ask("hq", "devices", "list")), 5, "devices")


def record_offline(tell, world):
    tell.step(f"总部停机，网络没有了。五台终端照常登记 {TOTAL} 场活动。",
              f"The daemon is stopped; there is no network. The five devices record {TOTAL} events.")
    world.stop()
    show = ["kind=送文艺", "title=井口慰问演出", "date=2020-07-01", "status=已举办", "level=基层", "venue=井口",
            "participants=200"]
    for who in ("mine-a", "mine-b"):
        world.show(who, "record", "event", *show)
    first, double = (world.named(who, "井口慰问演出") for who in ("mine-a", "mine-b"))
    tell.say("（同一场演出，两台终端各记了一次；后面会用到。）",
             "(The same show, recorded on both devices; more of that later.)")
    world.show("mine-a", "record", "event", "kind=送快递", "title=演出", "date=2020-06-31",
               expected=1)
    tell.say("写错的当场指出，什么也不保存。多条一起登记，用每行一个 JSON 的文件：",
             "What is wrong is said at once, and nothing is saved. Many together: a file with one "
             "JSON object a line:")

    events = os.path.join(world.data, "events")
    os.mkdir(events)
    rows = []
    for who, (unit, _, count) in DEVICES.items():
        singles = 1 if who in ("mine-a", "mine-b") else 0
        lines = [json.dumps(event, ensure_ascii=False) for event in invent(who, count - singles)]
        wrong = who == "site-a"
        if wrong:
            lines.insert(7, '{"kind":"film","title":"电影","date":"2020-08-08","participants":-5}')
        path = os.path.join(events, who + ".jsonl")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        words = ["record", "event", "--from", path]
        began = time.monotonic()
        if wrong:
            world.show(who, *words, expected=1)
            tell.say("第 8 行有错：只有它没有保存，其余照常。",
                     "Line 8 is wrong: it alone is not saved, all others are.")
        else:
            world.run(who, words)
        took = time.monotonic() - began
        status = world.status(who)
        equal(status["records"], count, f"records of {who}")
        equal(status["entries"]["waiting"], count, f"entries of {who} waiting")
        equal(status["entries"]["held"], 0, f"entries of {who} held by headquarters")
        rows.append([who, unit, count, status["entries"]["waiting"], round(took, 2)])
    tell.table([tell.words("终端", "device"), tell.words("单位", "unit"),
                tell.words("登记", "recorded"), tell.words("待上传", "not synced yet"),
                tell.words("秒", "seconds")], rows)
    world.show("mine-a", "sync", expected=3)
    for who, (_, _, count) in DEVICES.items():
        world.run(who, ["sync"], expected=3)
        equal(world.status(who)["entries"]["waiting"], count, f"{who} still waiting")
    tell.say("连不上总部（退出码 3）：一条不少，都在本机等着。",
             "Headquarters can't be reached (exit status 3): everything waits here, nothing is lost.")
    return first, double


def sync_everything(tell, world):
    tell.step("总部恢复。五台终端经 TLS 1.3 同步，双方互验证书。",
              "The daemon is back. All five devices sync over TLS 1.3, both ends with certificates.")
    world.serve()
    world.show("mine-a", "sync")
    rows = []
    for who, (_, _, count) in DEVICES.items():
        outcome = world.sync(who)
        if who == "mine-a":  # it has just been shown; nothing is new since
            equal((outcome["sent"], outcome["received"], outcome["exchanges"]), (0, 0, 1),
                  "a sync with nothing new")
        else:
            equal(outcome["sent"], count, f"entries that {who} sent")
        equal(world.status(who)["entries"]["waiting"], 0, f"entries of {who} waiting")
        rows.append([who, outcome["sent"], outcome["received"], outcome["bytes_sent"],
                     outcome["bytes_received"], outcome["exchanges"]])
    tell.table([tell.words("终端", "device"), tell.words("发出", "sent"),
                tell.words("收到", "received"), tell.words("发出字节", "bytes sent"),
                tell.words("收到字节", "bytes received"), tell.words("往返", "exchanges")], rows)
    tell.say("mine-a 的第二次同步没有新内容：一次往返就完。",
             "mine-a's second sync had nothing new: one exchange, and done.")
    world.sync_all()
    equal(len(world.records("hq")), TOTAL, "records at headquarters")
    for who, (unit, _, _) in DEVICES.items():
        equal(len(world.records(who)), world.unit_at_hq(unit)["records"], f"records at {who}")


def clear_double(tell, world, double):
    tell.step("重复登记的那一场：作废一条。它留着可查，不再计数。",
              "The event that was recorded twice: one is declared void. It stays, and doesn't count.")
    before = totals(world)
    world.show("mine-b", "void", double, "--reason", "与平板甲重复登记")
    world.sync("mine-b")
    world.sync("mine-a")
    shown = world.records("mine-a")[double]
    equal(shown["void"], "与平板甲重复登记", "why it is void")
    after = totals(world)
    equal((before["events"] - after["events"], before["participants"] - after["participants"]),
          (1, 200), "what the void record took from the counts")
    tell.say(f"总部统计：{before['events']} → {after['events']} 场活动；记录仍是 {TOTAL} 条。",
             f"Counted at headquarters: {before['events']} → {after['events']} events; still "
             f"{TOTAL} records.")
    equal(len(world.records("hq")), TOTAL, "records at headquarters")


def totals(world):
    return world.ask("hq", "report", "statistics", "--campaign", CAMPAIGN)[0]["total"]


def story_record(world, who):
    """The event that this device's part of the story is about."""
    return world.named(who, STORY[who]["title"])


def word_of(world, who, record):
    """Looks at a record: the word people copy, which record and what is shown of it."""
    line = world.ask(who, *(["records"] if who == "hq" else []), "show", record)[0]
    return f"{line['record'][-8:]}@{line['code']}"


def without_code(line):
    """Codes are each folder's own; all else is the same everywhere."""
    return {name: value for name, value in line.items() if name != "code"}


def conflict(tell, world, first):
    """Four fields changed on two sides that don't know of each other, each under a policy."""
    tell.step("冲突策略由总部定：同一处被改成不同内容时，先显示哪个值。",
              "Headquarters sets policies: what a field shows that was changed to different values.")
    talk, film, choir = (story_record(world, who) for who in ("mine-a", "site-a", "workshop"))
    world.show("hq", "policy", "set", "--unit", MINE, "--field", "venue", "latest")
    world.show("hq", "policy", "set", "--unit", MINE, "--field", "participants", "ask")
    world.show("hq", "policy", "set", "--unit", SITE, "--field", "sessions", "site")
    world.show("hq", "policy", "set", "--unit", WORKSHOP, "headquarters")
    world.sync_all()
    tell.command(["for d in " + " ".join(DEVICES) + f"; do sitelog --data {world.data}/$d sync; done"])

    tell.step("网络又断了。两边互不知情，各改各的。",
              "The devices are offline again. Both sides change the same fields, unaware.")
    edits = [
        ("mine-a", first, "venue=井口广场"), ("mine-b", first, "venue=职工俱乐部"),
        ("mine-a", talk, "participants=132"), ("mine-b", talk, "participants=128"),
        ("site-a", film, "sessions=2"), ("hq", film, "sessions=3"),
        ("hq", choir, "participants=95"), ("workshop", choir, "participants=90"),
    ]
    for who, record, change in edits:
        world.show(who, "edit", word_of(world, who, record) if who == "hq" else record, change)
        time.sleep(0.01)  # so that the clock tells them apart
    world.run("mine-a", ["edit", talk, "summary=班前会上讲解，人人签到。"])
    world.run("mine-b", ["edit", talk, "team=矿安监科"])
    tell.say("（另外，甲填了讲座的小结，乙填了授课单位：不同的字段，不算冲突，两样都留下。）",
             "(Also one device fills in the talk's summary, the other its team: different fields, no "
             "conflict, both stay.)")

    tell.step("同步。冲突一处不少地列出：每个候选值、谁、何时、按哪条策略显示哪个值。",
              "Sync. Every conflict is listed: each candidate, who, when, and which policy shows what.")
    world.show("mine-b", "sync")  # what was written last arrives first: order of arrival is nothing
    world.sync_all()
    tell.say("（其余终端同样同步。）", "(The other devices sync alike.)")
    world.show("hq", "conflicts", "list", most=20)
    conflicts = {(c["record"], c["field"]): c for c in world.ask("hq", "conflicts", "list")}
    expected = {
        (first, "venue"): ("latest", "职工俱乐部", {"井口广场", "职工俱乐部"}),
        (talk, "participants"): ("ask", 120, {132, 128}),
        (film, "sessions"): ("site", 2, {2, 3}),
        (choir, "participants"): ("headquarters", 95, {95, 90}),
    }
    equal(set(conflicts), set(expected), "the conflicts")
    for key, (policy, shown, values) in expected.items():
        found = conflicts[key]
        equal((found["policy"], found["shown"]), (policy, shown), f"what {key[1]} shows")
        equal({c["value"] for c in found["candidates"]}, values, f"the candidates of {key[1]}")
    for who, (unit, _, _) in DEVICES.items():
        equal([without_code(c) for c in world.ask(who, "conflicts")],
              [without_code(c) for c in conflicts.values() if c["unit"] == unit],
              f"the conflicts at {who}")
    merged = world.records("mine-b")[talk]["fields"]
    equal((merged["summary"], merged["team"]), ("班前会上讲解，人人签到。", "矿安监科"),
          "changes of different fields")
    rows = [[policy, field, " / ".join(sorted(map(str, values))), str(shown), reason]
            for (_, field), (policy, shown, values), reason in zip(
                expected, expected.values(), [
                    tell.words("写得最晚的，先到后到无关", "written last, whichever came first"),
                    tell.words("等人定：先保持原来的值", "waits: the value both started from"),
                    tell.words("现场说了算，虽然总部改得更晚", "the site's, though written before"),
                    tell.words("总部说了算，虽然现场改得更晚",
                               "headquarters', though written before")])]
    tell.table([tell.words("策略", "policy"), tell.words("字段", "field"),
                tell.words("候选值", "candidates"), tell.words("显示", "shown"),
                tell.words("为什么", "why")], rows)
    tell.say("各终端与总部列出的完全相同。", "All devices and headquarters list exactly the same.")
    return talk, film


def decide(tell, world, talk, film):
    tell.step("由人来定：一处在现场定，一处在总部定。",
              "People decide: one conflict at the site, one at headquarters.")
    listed = next(c for c in world.ask("mine-b", "conflicts") if c["record"] == talk)
    take = next(c["entry"][:8] for c in listed["candidates"] if c["value"] == 132)
    world.show("mine-b", "decide", word_of(world, "mine-b", talk), "participants", "--take", take)
    world.show("hq", "decide", word_of(world, "hq", film), "sessions", "--value", "3")
    world.sync_all()
    for who in ("hq", "mine-a", "mine-b"):
        equal(world.records(who)[talk]["fields"]["participants"], 132, f"decided, at {who}")
    for who in ("hq", "site-a", "site-b"):
        equal(world.records(who)[film]["fields"]["sessions"], 3, f"decided, at {who}")
    left = world.ask("hq", "conflicts", "list")
    equal(sorted(c["policy"] for c in left), ["headquarters", "latest"], "conflicts left")
    tell.say("两处已定，处处一致。另两处仍按策略显示，留着待定，候选值都在。",
             "Two are decided, everywhere alike. The other two go on showing the policy's value until "
             "somebody decides; all candidates stay.")


def review(tell, world):
    tell.step("审核：现场送审一场；总部退回，附上意见；现场离线更正，再次送审；总部通过。",
              "Review: a site sends an event; headquarters returns it with a remark; the site corrects "
              "it offline and sends it again; it is accepted.")
    scrolls = story_record(world, "site-b")
    world.show("site-b", "send", word_of(world, "site-b", scrolls))
    world.sync("site-b")
    looked = word_of(world, "hq", scrolls)
    world.show("hq", "review", "return", looked, "--field",
               "participants=一场书画 860 人？请核对签到表", "--due", "2020-12-05")
    world.sync("site-b")
    world.show("site-b", "list", "--review", "returned")
    returned = world.records("site-b", "--review", "returned")
    equal(list(returned), [scrolls], "returned records")
    remark = returned[scrolls]["review"]["fields"]["participants"]
    tell.say(f"意见随记录到了现场（sitelog show 可看全部）：{remark}",
             f"The remark has reached the site with the record (sitelog show has all): {remark}")
    world.stop()
    tell.say("总部停机，终端离线更正：", "The daemon is down; the device corrects it offline:")
    world.show("site-b", "edit", scrolls, "participants=86")
    world.show("site-b", "send", word_of(world, "site-b", scrolls))
    world.run("site-b", ["sync"], expected=3)
    equal(world.status("site-b")["entries"]["waiting"], 2, "corrections waiting")
    world.serve()
    world.sync("site-b")
    seen = world.records("hq")[scrolls]
    equal((seen["fields"]["participants"], seen["review"]["state"], seen["review"]["waiting"]["role"]),
          (86, "pending", "office"), "the correction at headquarters")
    tell.say("拿更正之前的核对码去通过，不予办理，并列出改了什么：",
             "Accepting with the code from before the correction does nothing and tells what changed:")
    world.show("hq", "review", "accept", looked, expected=1)
    world.show("hq", "review", "accept", word_of(world, "hq", scrolls))
    world.sync_all()
    for who in ("hq", "site-a", "site-b"):
        equal(world.records(who)[scrolls]["review"]["state"], "accepted", f"the review at {who}")
    tell.say("现场也看到：已通过。", "The site sees it too: accepted.")


def recount(world):
    """What the statistics table must say, counted by hand over the records."""
    units = {unit["code"]: unit for unit in world.ask("hq", "units", "list")}
    progress = world.ask("hq", "report", "progress", "--campaign", CAMPAIGN)[0]
    reporting = {row["unit"] for row in progress["rows"]}
    out = {}
    for line in world.records("hq").values():
        fields = line["fields"]
        if "void" in line or fields["status"] != "held":
            continue
        unit = line["unit"]
        while unit not in reporting:
            unit = units[unit]["parent"]
        cell = out.setdefault((unit, fields["kind"], fields["level"]), [0, 0])
        cell[0] += fields["sessions"]
        cell[1] += fields["participants"]
    return out


def report(tell, world):
    tell.step("报表：统计表、任务完成表，来自合并后的数据。",
              "Reports: the statistics table and the progress table, from the merged data.")
    statistics = world.ask("hq", "report", "statistics", "--campaign", CAMPAIGN)[0]
    counted = {(row["unit"], cell["kind"], cell["level"]): [cell["sessions"], cell["participants"]]
               for row in statistics["rows"] for cell in row["cells"] if cell["events"]}
    equal(counted, recount(world), "the statistics against a recount by hand")
    tell.command(world.command("hq", ["report", "statistics", "--campaign", CAMPAIGN]))
    tell.say("    （原表有 31 列；这里转置，只列有活动的单位。每格：场次 / 参加人数）",
             "    (31 columns wide; turned here, with the units that held events. Each cell: sessions "
             "/ participants)")
    definition = world.ask("hq", "campaign", "list")
    kinds = {kind["kind"]: kind[tell.language] for kind in definition[0]["kinds"]}
    levels = {choice["value"]: choice[tell.language]
              for field in definition[0]["forms"][0]["fields"] if field["name"] == "level"
              for choice in field["choices"]}
    busy = [row for row in statistics["rows"] if row["events"]]
    rows = []
    for number, cell in enumerate(statistics["total"]["cells"]):
        cells = [row["cells"][number] for row in [*busy, statistics["total"]]]
        rows.append([kinds[cell["kind"]], levels[cell["level"]],
                     *(f"{c['sessions']} / {c['participants']}" for c in cells)])
    tell.table([tell.words("五送", "kind"), tell.words("层级", "level"),
                *(row["name"] for row in busy), tell.words("总计", "total")], rows)
    tell.say("与逐条重数的结果相同。", "A recount record by record gives the same.")

    words = ["report", "progress", "--campaign", CAMPAIGN]
    tell.command(world.command("hq", words))
    out, _ = world.run("hq", words)
    names = [row["name"] for row in busy]
    lines = out.splitlines()
    tail = next(i for i, line in reversed(list(enumerate(lines))) if line.startswith("---"))
    head = next(i for i, line in enumerate(lines) if line.startswith("---"))
    kept = (lines[:1] + lines[head - 2:head + 1] +
            [line for line in lines[head:tail] if any(line.startswith(name) for name in names)] +
            lines[tail:])
    tell.output("\n".join(kept), most=20)
    tell.say("（只列了有活动的行。全年的活动都记在三个单位名下，所以远超任务；其余 26 个单位为 0。）",
             "(Only the rows with events. A whole year's are invented for three units, so these are far "
             "over their quota; the other 26 stand at 0.)")
    progress = world.ask("hq", *words)[0]
    equal(progress["total"]["quota"], 596, "the quota in the progress table")
    equal(progress["total"]["actual"], statistics["total"]["sessions"], "sessions in both tables")
    for kind in ("statistics", "progress"):
        path = os.path.join(world.data, kind + ".xlsx")
        world.show("hq", "report", kind, "--campaign", CAMPAIGN, "--format", "xlsx", "--output",
                   path)
        with open(path, "rb") as file:
            equal(file.read(2), b"PK", f"the beginning of {path}")


def open_the_page(tell, world):
    """Accounts for the review page, and something that waits there."""
    tell.step("审核页：给三个人账户；八矿把登记的活动都送审，等各人在浏览器里审核。",
              "The review page: three people get accounts; mine 8 sends what it recorded, to be reviewed "
              "in a browser.")
    for number, (name, role, unit) in enumerate(ACCOUNTS):
        words = ["accounts", "add", name, "--role", role, *(["--unit", unit] if unit else []), "--password-stdin"]
        if number == 0:
            tell.command(world.command("hq", words))
        world.run("hq", words, given=PASSWORD + "\n")
    world.sync("mine-a")  # learns that somebody checks
    sent = world.run("mine-a", ["send", "--all"], expected=1)[0]  # one is in conflict still
    tell.command(world.command("mine-a", ["send", "--all"]))
    tell.output(sent.splitlines()[-2] if len(sent.splitlines()) > 1 else sent)
    world.sync_all()
    waiting = world.ask("hq", "records", "list", "--station", f"checker@{CHECKED}")
    check(len(waiting) > 200, "records wait for who checks")
    tell.say(f"审核人那里现在有 {len(waiting)} 条待审。", f"{len(waiting)} records wait for the checker now.")


def prove(tell, world):
    tell.step("核验：各处把哈希、签名、合并、计数全部重算一遍，再比较摘要。",
              "The proof: everyone works out every hash, signature, merge and count again; then the "
              "digests are compared.")
    world.show("hq", "verify")
    for who in DEVICES:
        equal(world.ask(who, "verify")[-1]["findings"], 0, f"findings at {who}")
    tell.say("五台终端也都是 0 处不符。", "The five devices have no findings either.")
    rows = []
    for unit in (MINE, SITE, WORKSHOP):
        there = world.unit_at_hq(unit)
        digests = (there["book_digest"], there["state_digest"])
        rows.append([unit, tell.words("总部", "headquarters"), there["records"],
                     there["entries"]["book"], digests[0][:16], digests[1][:16]])
        for who in (w for w in DEVICES if DEVICES[w][0] == unit):
            here = world.status(who)
            equal((here["book_digest"], here["state_digest"]), digests, f"digests at {who}")
            equal((here["entries"]["waiting"], here["quarantined"]), (0, 0),
                  f"entries of {who} waiting, and in quarantine")
            rows.append([unit, who, here["records"], here["entries"]["book"],
                         here["book_digest"][:16], here["state_digest"][:16]])
    tell.table([tell.words("单位", "unit"), tell.words("副本", "replica"),
                tell.words("记录", "records"), tell.words("条目", "entries"),
                "book_digest", "state_digest"], rows)
    tell.say("同一单位的每个副本，条目相同，合并后的状态也相同。",
             "Within each unit every replica holds the same entries and the same merged state.")


def tell_how_to_go_on(tell, world, began):
    hq = world.folder("hq")
    mine = world.folder("mine-a")
    tell.say(f"\n一切如上所述，用时 {time.monotonic() - began:.1f} 秒。数据都在 {world.data}/，接着试：",
             f"\nAll was as told, in {time.monotonic() - began:.1f} seconds. The data is in "
             f"{world.data}/; try further:")
    tell.output(f"""\
export PATH="{os.path.abspath(world.bin)}:$PATH"
sitelog --data {mine} list --limit 10
sitelog --data {mine} conflicts
sitelog --data {mine} record event kind=送电影 title=周末放映 date=2020-09-05 status=已举办 level=基层 participants=80
sitelogd --data {hq} serve --listen {world.address} &
sitelog --data {mine} sync
sitelogd --data {hq} records list --unit {SITE} --review accepted
sitelogd --data {hq} report progress --campaign {CAMPAIGN} --unit shenma
kill %1""", most=20)
    tell.say("\n在浏览器里看：先运行上面的 serve，再打开下面的地址（证书是总部自己的，浏览器会问，确认即可）：",
             "\nIn a browser: run serve as above, then open the address below (the certificate is "
             "headquarters' own, so the browser asks; go on):")
    rows = [[name, {"administrator": tell.words("管理一切", "administers everything"),
                    "checker": tell.words("审核神马集团及下属单位", "checks Shenma and the units below it"),
                    "office": tell.words("市总宣教部，最后审核", "the office, the last station")}[role], PASSWORD]
            for name, role, _ in ACCOUNTS]
    tell.output(f"https://{world.address}/")
    tell.table([tell.words("账户", "account"), tell.words("做什么", "does what"),
                tell.words("密码", "password")], rows)


def story(tell, world):
    began = time.monotonic()
    set_up(tell, world)
    join(tell, world)
    first, double = record_offline(tell, world)
    sync_everything(tell, world)
    clear_double(tell, world, double)
    talk, film = conflict(tell, world, first)
    decide(tell, world, talk, film)
    review(tell, world)
    report(tell, world)
    open_the_page(tell, world)
    prove(tell, world)
    world.stop()
    tell_how_to_go_on(tell, world, began)


# ── Where it is told ─────────────────────────────────────────────────────────────────────────────


def make_room(folder, tell):
    """Makes `folder`, in place of one that an earlier run left. Touches nothing else."""
    if os.path.lexists(folder):
        is_ours = os.path.isfile(os.path.join(folder, MARKER))
        if not is_ours and not (os.path.isdir(folder) and not os.listdir(folder)):
            raise NotAsTold(tell.words(
                f"{folder} 已经存在，而且不是演示留下的：没有动它。请换一个文件夹。",
                f"{folder} is there already and was not made by the demo: it was left as it is. "
                "Name another folder."))
        for who in ("hq", *DEVICES):
            lock = os.path.join(folder, who, "lock")
            if not os.path.exists(lock):
                continue
            with open(lock, encoding="utf-8", errors="replace") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    raise NotAsTold(tell.words(
                        f"{os.path.dirname(lock)} 正被 {file.read()} 使用：请先结束它。",
                        f"{os.path.dirname(lock)} is in use by {file.read()}: end that first."))
        shutil.rmtree(folder)
    os.makedirs(folder)
    with open(os.path.join(folder, MARKER), "w", encoding="utf-8") as file:
        file.write("Left by ./dev demo, which replaces this folder when it runs again.\n")


def end_in_order(number, _frame):
    sys.exit(128 + number)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("bin")
    parser.add_argument("data")
    parser.add_argument("--lang", choices=["zh", "en"], default=language_of_environment())
    options = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)
    sys.stderr.reconfigure(encoding="utf-8")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end_in_order)
    tell = Teller(options.lang)
    world = World(options.bin, os.path.normpath(options.data), tell)
    try:
        make_room(options.data, tell)
        story(tell, world)
    except NotAsTold as problem:
        print(tell.words(f"\n演示中断：{problem}", f"\nThe demo stopped: {problem}"),
              file=sys.stderr)
        return 1
    except OSError as error:
        print(tell.words(f"\n演示中断：{error}", f"\nThe demo stopped: {error}"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        world.end_daemon()
    return 0


if __name__ == "__main__":
    sys.exit(main())

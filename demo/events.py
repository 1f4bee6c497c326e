"""Who records what in the story. All of it is invented, and the same in every run."""

import random
from datetime import date, timedelta

MINE, SITE, WORKSHOP = "shenma-mine-8", "site-east-1", "wusteel-rolling"

# Folder: unit, the device's name, how many events it records.
DEVICES = {
    "mine-a": (MINE, "八矿平板甲", 170),
    "mine-b": (MINE, "八矿平板乙", 130),
    "site-a": (SITE, "工地手机甲", 120),
    "site-b": (SITE, "工地手机乙", 100),
    "workshop": (WORKSHOP, "轧钢车间电脑", 80),
}
TOTAL = sum(count for _, _, count in DEVICES.values())

TITLES = {
    "performance": ["文艺小分队慰问演出", "职工合唱演出", "戏曲进班组", "安全生产快板小品专场"],
    "film": ["露天电影放映", "安全教育影片放映", "职工电影夜"],
    "calligraphy": ["职工书画笔会", "送书画进班组", "书画作品巡展"],
    "training": ["合唱骨干培训", "摄影培训", "书法培训班", "广场舞培训"],
    "lecture": ["劳模精神宣讲", "职工心理健康讲座", "工会法知识讲座", "安全生产知识讲座"],
}
PLACES = {
    MINE: ("mine", ["井口广场", "职工俱乐部", "综采一队会议室", "矿区食堂", "区队学习室"],
           ["八矿职工文艺队", "矿工艺术团"]),
    SITE: ("construction_site", ["工地生活区", "项目部会议室", "工人夜校", "塔吊旁空地"],
           ["工会志愿服务队", "建设者艺术团"]),
    WORKSHOP: ("workshop", ["轧钢车间休息室", "厂区礼堂", "班组学习园地"], ["钢城职工艺术团"]),
}
REASONS = {"postponed": "疫情防控，顺延举办", "cancelled": "连续降雨，场地不能使用"}
# Of each device's events, the first: the one its part of the story is about.
STORY = {
    "mine-a": {"title": "综采一队安全讲座", "kind": "lecture", "participants": 120, "sessions": 1},
    "mine-b": {"title": "八矿职工摄影培训", "kind": "training", "participants": 40, "sessions": 1},
    "site-a": {"title": "工人夜校电影周", "kind": "film", "participants": 150, "sessions": 1},
    "site-b": {"title": "安置房工地送书画", "kind": "calligraphy", "participants": 860,
               "sessions": 1},
    "workshop": {"title": "轧钢班组合唱比赛", "kind": "performance", "participants": 80,
                 "sessions": 1},
}


def invent(who, count):
    """The same `count` events in every run: of the campaign's kinds, within its dates."""
    chance = random.Random(f"sitelog {who}")
    site_type, venues, teams = PLACES[DEVICES[who][0]]
    first_day, days = date(2020, 6, 21), (date(2020, 11, 20) - date(2020, 6, 21)).days
    events = []
    for _ in range(count):
        kind = chance.choices(list(TITLES), weights=[3, 3, 2, 3, 4])[0]
        sessions = chance.choices([1, 2, 3], weights=[8, 2, 1])[0]
        event = {
            "kind": kind,
            "title": chance.choice(TITLES[kind]),
            "date": (first_day + timedelta(days=chance.randrange(days))).isoformat(),
            "level": chance.choices(["grassroots", "district", "county"], weights=[8, 1, 1])[0],
            "venue": chance.choice(venues),
            "site_type": site_type,
            "sessions": sessions,
            "participants": sessions * chance.randrange(20, 320),
            "status": chance.choices(["held", "planned", "postponed", "cancelled"],
                                     weights=[92, 3, 3, 2])[0],
            "delivery": chance.choice(["volunteer", "purchased"]),
            "team": chance.choice(teams),
        }
        if event["status"] in REASONS:
            event["reason"] = REASONS[event["status"]]
        if event["status"] != "held":
            del event["participants"]
        events.append(event)
    events[0] |= {"status": "held", "level": "grassroots", **STORY[who]}
    events[0].pop("reason", None)
    return events

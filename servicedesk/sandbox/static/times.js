// Times as a chat shows them: the hour today, a weekday this week, else the date; all in Beijing.
const ZONE = "Asia/Shanghai";
const DAY = 24 * 3600 * 1000;
const APART = 5 * 60 * 1000;

export class Times {
  constructor(language, yesterday) {
    const make = (options) => new Intl.DateTimeFormat(language, { timeZone: ZONE, ...options });
    this.hour = make({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.weekday = make({ weekday: "long" });
    this.date = make({ year: "numeric", month: "long", day: "numeric" });
    this.full = make({ month: "long", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.key = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE });
    this.yesterday = yesterday;
    this.last = 0;
  }

  // The line to show above an entry, or nothing when the one before is less than five minutes older.
  separator(at, now) {
    const before = this.last;
    this.last = at.getTime();
    return at.getTime() - before < APART ? "" : this.spoken(at, now);
  }

  spoken(at, now) {
    const days = Math.round((Date.parse(this.key.format(now)) - Date.parse(this.key.format(at))) / DAY);
    const hour = this.hour.format(at);
    if (days <= 0) return hour;
    if (days === 1) return `${this.yesterday} ${hour}`;
    return days < 7 ? `${this.weekday.format(at)} ${hour}` : `${this.date.format(at)} ${hour}`;
  }
}

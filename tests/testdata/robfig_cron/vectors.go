// Command vectors writes what robfig/cron v3.0.0 takes for a schedule, and when its ticks are:
//
//	go run . > vectors.json
package main

import (
	"encoding/json"
	"math/rand"
	"os"
	"strings"
	"time"
	_ "time/tzdata"

	"github.com/robfig/cron/v3"
)

// vector is one schedule. Next is after From, then after that, and so on; null: never again.
type vector struct {
	Schedule string    `json:"schedule"`
	Taken    bool      `json:"taken"`
	From     string    `json:"from,omitempty"`
	Next     []*string `json:"next,omitempty"`
}

const quiet = "2026-03-10T11:22:33.5Z"

// Texts that somebody would write, and what is near them.
var texts = []string{
	"* * * * *", "*/1 * * * *", "*/2 * * * *", "*/7 * * * *", "0 0 1 * *", "0 1 * * *", "? ? ? ? ?", "5/20 * * * *",
	"1-30/7 * * * *", "*-5 * * * *", "*-x-y/9 * * * *", "0,15,30 8-10 * * mon-fri", "0 0 13 * FRI", "0 0 */13 * 5",
	"0 0 * * 5", "0 0 13 * *", "0 0 13 * */1", "0 0 13 * */2", "0 0 13 * ?", "0 0 *,3 * 1", "0 0 29 2 *", "0 0 31 2 *", "0 0 30 feb ?",
	"0 0 31 4,6,9,11 *", "0 0 31 2 mon", ", * * * *", "* , * * *", "* * , * *", "* * * , *", "* * * * ,", "1,,2 * * * *", "0 0 , * 1",
	"+5 +1 * * *", "05 007 * * *", "*/100 * * * *", "*/9223372036854775807 * * * *", "*/9223372036854775808 * * * *", "5/+2 * * * *",
	"*/-2 * * * *", "*/-0 * * * *", "*/0 * * * *", "-5 * * * *", "5- * * * *", "1-2-3 * * * *", "1/2/3 * * * *", "/5 * * * *", "5/ * * * *", "60 * * * *", "0 24 * * *",
	"0 0 0 * *", "0 0 32 * *", "0 0 1 0 *", "0 0 1 13 *", "0 0 * * 7", "0 0 * * sun", "0 0 * * sat-sun", "0 0 * * sun-sat", "0 0 * jan-MAR/2 *",
	"0 0 * * monday", "0 0 * mon *", "0 0 L * *", "0 0 * * 1#2", "30-10 * * * *", "59-60 * * * *", "1_0 * * * *", "0x5 * * * *", "1e1 * * * *", "1.0 * * * *", "٥ * * * *",
	"* * * *", "* * * * * *", "", " ", "  *  *\t* *\n* ", "\u00a0* * * *\u2003*", "\u0085* * * * *", "\ufeff* * * * *", "hourly", "0 0 1 1 * 2030",
	"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly", "@Hourly", "@hourly ", " @hourly", "@reboot", "@every", "@every ",
	"@every 1s", "@every 10s", "@every 1m30s", "@every 1.5s", "@every 999ms", "@every 1ns", "@every 0", "@every -5m", "@every +5m", "@every 5", "@every 1d",
	"@every 1.5h", "@every .5m", "@every 5.s", "@every .s", "@every 1h 30m", "@every  5s", "@every 5s ", "@every 1500ms", "@every 90µs", "@every 90μs", "@every 3000000000ns",
	"@every 2540400h", "@every 2562047h47m16.854775807s", "@every 2562047h47m16.854775808s", "@every -2562047h47m16.854775808s", "@every 1.999999999999999999999s",
	"@every 0.3333333333333333333h", "@every 5S", "@every 1..5s", "@every h", "@every 1hs", "@every s1", "@every 1h1h", "@every --1s", "@every 1e3s",
	"CRON_TZ=Europe/Berlin 0 6 * * *", "TZ=Asia/Tokyo 0 6 * * *", "CRON_TZ=UTC @hourly", "CRON_TZ=Asia/Kolkata @daily", "TZ=UTC   \t@every 5s  ", "TZ= 0 6 * * *",
	"TZ=Local 0 6 * * *", "TZ=local 0 6 * * *", "TZ=utc 0 6 * * *", "TZ=US/Eastern 0 6 * * *", "TZ=us/eastern 0 6 * * *", "TZ=EUROPE/BERLIN 0 6 * * *", "TZ=Asia/Calcutta 0 6 * * *",
	"TZ=Mars/Base 0 6 * * *", "TZ=+05:00 0 6 * * *", "TZ=Etc/GMT+5 0 6 * * *", "TZ=EST5EDT 0 6 * * *", "TZ=../etc/UTC 0 6 * * *", "TZ=/UTC 0 6 * * *", "CRON_TZ=UTC TZ=UTC 0 6 * * *",
	"cron_tz=UTC 0 6 * * *", " TZ=UTC 0 6 * * *", "TZ=UTC 0 6 * *", "TZ=America/New_York\t0 6 * * * *", "TZ=GMT 0 6 * * *",
	"TZ=UTC CRON_TZ=Europe/Berlin @daily", "TZ=UTC ",
}

// Zones in which clocks are turned at that time: by an hour, by half an hour, at midnight, and on
// the first of a month.
var turns = map[string][]string{
	"Europe/Berlin":       {"2026-03-28T20:59:59Z", "2026-10-24T20:00:00Z"},
	"Europe/London":       {"2026-03-28T20:00:00Z", "2026-10-24T20:00:00Z"},
	"America/New_York":    {"2026-03-08T03:00:00Z", "2026-11-01T02:30:30.25Z"},
	"America/Sao_Paulo":   {"2018-11-03T20:00:00Z", "2018-02-17T20:00:00Z"},
	"America/Havana":      {"2026-03-07T20:00:00Z", "2026-10-31T20:00:00Z"},
	"Asia/Beirut":         {"2026-03-28T15:00:00Z", "2026-10-24T15:00:00Z"},
	"Africa/Cairo":        {"2026-04-23T15:00:00Z", "2026-10-29T15:00:00Z"},
	"America/Asuncion":    {"2017-09-30T20:00:00Z", "2023-09-30T20:00:00Z"},
	"Australia/Lord_Howe": {"2026-04-04T10:00:00Z", "2026-10-03T10:00:00Z"},
	"Asia/Kathmandu":      {"2026-01-01T00:00:00Z"},
	"America/St_Johns":    {"2026-03-08T00:00:00Z"},
}

var lines = []string{
	"* * * * *", "*/30 * * * *", "0 * * * *", "0 0 * * *", "30 0 * * *", "30 1 * * *", "30 2 * * *", "0 2,3 * * *", "0 23 * * *", "0 0 * * 0", "0 0 1 * *",
	"15 1 1 * *", "30 2 * 3,10,11 sun", "0 0 30,31 * *", "0 0-3 1 4,5,10 *",
}

func look(schedule, from string, ticks int) vector {
	parsed, err := cron.ParseStandard(schedule)
	if err != nil {
		return vector{Schedule: schedule}
	}
	at, err := time.Parse(time.RFC3339Nano, from)
	if err != nil {
		panic(err)
	}
	found := vector{Schedule: schedule, Taken: true, From: from}
	for range make([]int, ticks) {
		at = parsed.Next(at)
		if at.IsZero() {
			found.Next = append(found.Next, nil)
			break
		}
		text := at.UTC().Format(time.RFC3339Nano)
		found.Next = append(found.Next, &text)
	}
	return found
}

func randomField(random *rand.Rand, min, max int) string {
	number := func(from int) int { return from + random.Intn(max-from+1) }
	step := func() string { return "/" + string(rune('1'+random.Intn(9))) }
	switch first := number(min); random.Intn(7) {
	case 0:
		return itoa(first) + "-" + itoa(number(first)) + step()
	case 1:
		return itoa(first) + "," + itoa(number(min))
	case 2:
		return itoa(first) + step()
	case 3:
		return itoa(first) + "-" + itoa(number(first))
	case 4:
		return "*" + step()
	default:
		return "*"
	}
}

func itoa(number int) string {
	text, _ := json.Marshal(number)
	return string(text)
}

func main() {
	time.Local = time.UTC
	var vectors []vector
	for _, text := range texts {
		vectors = append(vectors, look(text, quiet, 4))
	}
	random := rand.New(rand.NewSource(15))
	for _, zone := range zonesInOrder() {
		for _, from := range turns[zone] {
			for _, line := range lines {
				vectors = append(vectors, look("CRON_TZ="+zone+" "+line, from, 8))
			}
			for range make([]int, 12) {
				fields := []string{
					randomField(random, 0, 59), randomField(random, 0, 23), randomField(random, 1, 31), randomField(random, 1, 12), randomField(random, 0, 6),
				}
				vectors = append(vectors, look("TZ="+zone+" "+strings.Join(fields, " "), from, 5))
			}
		}
	}
	os.Stdout.WriteString("[\n")
	for index, found := range vectors {
		line, _ := json.Marshal(found)
		if index > 0 {
			os.Stdout.WriteString(",\n")
		}
		os.Stdout.Write(line)
	}
	os.Stdout.WriteString("\n]\n")
}

func zonesInOrder() []string {
	return []string{
		"Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "America/Havana", "Asia/Beirut", "Africa/Cairo",
		"America/Asuncion", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns",
	}
}

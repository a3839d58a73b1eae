// Package channel puts a release into the forms in which other publishers take
// it: an article for a WeChat official account, posts for Weibo. What they say is
// what the release says (P-3.2e); how long they may be is a table of data.
package channel

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"regexp"
	"strconv"
	"sync"
	"unicode/utf8"
)

//go:embed limits.csv
var limitsCSV []byte

// Limit is how long something may be on another's platform.
type Limit struct {
	Name   string
	Most   int
	What   string // 标题
	Unit   string // 字 or 字符
	Source string
}

// Limits lists the limits.
var Limits = sync.OnceValue(func() []Limit {
	r := csv.NewReader(bytes.NewReader(limitsCSV))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		panic("channel: limits.csv: " + err.Error())
	}
	var out []Limit
	for _, row := range rows[1:] {
		n, err := strconv.Atoi(row[1])
		if err != nil || n <= 0 {
			panic("channel: limits.csv: " + row[0])
		}
		out = append(out, Limit{Name: row[0], Most: n, Unit: row[2], What: row[3], Source: row[4]})
	}
	return out
})

// LimitOf returns a limit by name. It panics for one that is not in the table: a
// typing error.
func LimitOf(name string) Limit {
	for _, l := range Limits() {
		if l.Name == name {
			return l
		}
	}
	panic("channel: limits.csv lacks " + name)
}

var link = regexp.MustCompile(`https?://[!-~]+`)

// WeiboLength counts as Weibo does: a half-width (ASCII) character is half, any
// other one (of UTF-16, so that an emoji is two), rounded up; an address counts
// as the short one that Weibo makes of it.
func WeiboLength(text string) int {
	halves := 2 * LimitOf("weibo.link").Most * len(link.FindAllStringIndex(text, -1))
	for _, r := range link.ReplaceAllString(text, "") {
		switch {
		case r < 0x80:
			halves++
		case r > 0xffff:
			halves += 4
		default:
			halves += 2
		}
	}
	return (halves + 1) / 2
}

// Length counts a text by a limit's own way.
func (l Limit) Length(text string) int {
	if l.Unit == "字" {
		return WeiboLength(text)
	}
	return utf8.RuneCountInString(text)
}

package publication

import (
	"fmt"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
)

// GuideLink is an address in a guide that people are meant to follow.
type GuideLink struct {
	Field, Label, URL string
}

// GuideLinks are the addresses of other sites in an item's guide: where it is
// applied for, forms and samples that others keep, ways to ask and to complain.
func GuideLinks(it *catalog.Item) []GuideLink {
	var out []GuideLink
	add := func(field, label, ref string) {
		if url := catalog.FileAddress(ref); url != "" {
			out = append(out, GuideLink{field, label, url})
		}
	}
	add("online.url", "网办地址", it.Online.URL)
	add("online.mobile_url", "移动端办理地址", it.Online.MobileURL)
	for i, m := range it.Materials {
		add(fmt.Sprintf("materials[%d].form", i), m.Name+"的空白表格", m.Form)
		add(fmt.Sprintf("materials[%d].sample", i), m.Name+"的示例样表", m.Sample)
	}
	add("result.sample", "结果样本", it.Result.Sample)
	for i, s := range it.Enquiry {
		add(fmt.Sprintf("enquiry[%d]", i), "咨询方式", s)
	}
	for i, s := range it.Complaint {
		add(fmt.Sprintf("complaint[%d]", i), "监督投诉方式", s)
	}
	return out
}

// LinkAnswer is what came of trying a link.
type LinkAnswer int

// The answers. LinkUnclear is a site that turns programs away but is there: only
// a person can see what people see.
const (
	LinkWorks LinkAnswer = iota
	LinkFails
	LinkUnclear
)

// LinkCheck is what is known of a link.
type LinkCheck struct {
	URL     string
	Checked calendar.Date // the last day on which it was tried; zero if never
	Days    int           // days in a row on which it failed
	Since   calendar.Date // the first of them
	Due     calendar.Date // when it is tried next
	Text    string        // why it failed, or what is unclear
}

// A link counts as dead when it failed on linkDays different days; a single day's
// trouble is none of the unit's. One that works is tried again after linkEvery.
const (
	linkDays  = 2
	linkEvery = 7
)

// Dead reports whether people are to be spared the link.
func (l *LinkCheck) Dead() bool { return l.Days >= linkDays }

// Failing reports that it did not work when it was last tried.
func (l *LinkCheck) Failing() bool { return l.Days > 0 }

// Tried returns what is known after a try. A second failure on one day counts
// once, and so does a day that a clock set back brings again.
func (l LinkCheck) Tried(a LinkAnswer, text string, today calendar.Date) LinkCheck {
	if a != LinkFails {
		l.Days, l.Since, l.Text = 0, calendar.Date{}, ""
		if a == LinkUnclear {
			l.Text = text
		}
		l.Checked, l.Due = today, today.AddDays(linkEvery)
		return l
	}
	if l.Days == 0 || l.Checked.Before(today) {
		if l.Days++; l.Days == 1 {
			l.Since = today
		}
		l.Checked = today
	}
	l.Text, l.Due = text, today.AddDays(1)
	return l
}

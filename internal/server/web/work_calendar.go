package web

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"onevisit/internal/app/office"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// maxHolidayFile is more than a century of notices.
const maxHolidayFile = 1 << 20

// calendarData is the page of one year.
type calendarData struct {
	Cal     *calendar.Calendar
	Year    int
	This    int // the year it is
	Import  bool
	Result  *office.HolidayImport
	Ledger  *calendar.Ledger
	From    string
	Days    string
	CSRF    string
	Summary string
	Errors  []ui.FieldError
}

// list is what the notices say of the year.
func (d calendarData) list() []calendar.Day {
	var out []calendar.Day
	for _, x := range d.Cal.Days() {
		if x.Date.Year() == d.Year {
			out = append(out, x)
		}
	}
	return out
}

func (d calendarData) tabs() []ui.Tab {
	years := d.Cal.Years()
	if len(years) == 0 || years[len(years)-1] <= d.This {
		years = append(years, d.This+1) // the one whose notice comes next
	}
	var tabs []ui.Tab
	for _, y := range years {
		tabs = append(tabs, ui.Tab{Label: strconv.Itoa(y) + "年", Href: "/work/calendar?year=" + strconv.Itoa(y), Count: -1, Current: y == d.Year})
	}
	return tabs
}

func (s *Server) calendarPage(q *request, d calendarData, failed error) error {
	var err error
	if d.Cal, err = s.Office.Calendar(q.Context()); err != nil {
		return err
	}
	d.This, d.CSRF = calendar.DateOf(s.Now()).Year(), q.in.FormToken
	if d.Year, err = strconv.Atoi(q.URL.Query().Get("year")); err != nil || d.Year < 2000 || d.Year > 2200 {
		d.Year = d.This
	}
	d.Import = org.Can(q.actor(), org.ManageCalendar, "") == nil
	if failed == nil {
		return q.render(q.page("工作日历"), calendarView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("工作日历"), calendarView(d))
	return nil
}

// GET /work/calendar: the notices, and the due date of a term with its ledger.
func (s *Server) getCalendar(q *request) error {
	d := calendarData{From: strings.TrimSpace(q.FormValue("from")), Days: strings.TrimSpace(q.FormValue("days"))}
	if d.From == "" && d.Days == "" {
		return s.calendarPage(q, d, nil)
	}
	bad := fault.Invalidf("不能推算，请按提示更正。")
	from, err := calendar.ParseDate(d.From)
	if err != nil {
		bad.At("from", "起算日应形如 2018-09-28")
	}
	n, err := strconv.Atoi(d.Days)
	if err != nil || n < 0 {
		bad.At("days", "天数应为不小于 0 的整数")
	}
	if err := bad.OrNil(); err != nil {
		return s.calendarPage(q, d, err)
	}
	cal, err := s.Office.Calendar(q.Context())
	if err != nil {
		return err
	}
	l, err := cal.Due(from, n, nil)
	if err != nil {
		return s.calendarPage(q, d, err)
	}
	d.Ledger = &l
	return s.calendarPage(q, d, nil)
}

// POST /work/calendar: a year's notice as csv.
func (s *Server) postCalendar(q *request) error {
	f, _, err := q.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return s.calendarPage(q, calendarData{}, fault.Invalidf("没有收到文件。").At("file", "请选择放假安排文件（csv）"))
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "文件没有上传完整，请重试。")
	}
	defer f.Close()
	res, err := s.Office.ImportHolidays(q.Context(), q.actor(), f)
	if err != nil {
		return s.calendarPage(q, calendarData{}, err)
	}
	return s.calendarPage(q, calendarData{Result: &res}, nil)
}

// GET /work/calendar.csv: the notices of all years, in the form that is imported.
func (s *Server) getCalendarTable(q *request) error {
	cal, err := s.Office.Calendar(q.Context())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.Office.WriteCalendar(cal, &b); err != nil {
		return err
	}
	return q.csv("放假安排", &b)
}

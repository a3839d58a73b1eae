package publication

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
)

// PlaceKind is what kind of place shows guides to the public.
type PlaceKind string

// The kinds of place.
const (
	PlaceHall     PlaceKind = "大厅"
	PlaceTownship PlaceKind = "便民服务中心"
	PlaceUnit     PlaceKind = "单位公示栏"
	PlaceWindow   PlaceKind = "窗口"
	PlacePoster   PlaceKind = "海报"
	PlaceWeb      PlaceKind = "单位网页"
)

// PlaceKinds lists the kinds.
var PlaceKinds = []PlaceKind{PlaceHall, PlaceTownship, PlaceUnit, PlaceWindow, PlacePoster, PlaceWeb}

// Shared reports whether a place of the kind shows items of other units too, as
// the county's hall does. At the others a code of another unit is a mistake.
func (k PlaceKind) Shared() bool { return k == PlaceHall || k == PlaceTownship }

// Place is where guides are shown to the public: a wall, a window, a page of the
// unit's own site. It says nothing about people.
type Place struct {
	ID, UnitID, UnitName string
	Kind                 PlaceKind
	Name                 string
	Location             string // where it hangs: 一楼东侧
	Keeper               string // the office or post that looks after it
	URL                  string // of a PlaceWeb
	// Whole says that every published item of the unit has to be shown here;
	// else what was registered is all there is to be.
	Whole bool
	// Token stands in the QR codes of what is printed for this place (NewPlaceToken).
	Token     string
	CreatedAt time.Time
	ClosedAt  time.Time // zero while it is in use
	ClosedWhy string
	// TouchedAt is the instant of the last evidence; evidence before it comes from
	// a clock that was set back.
	TouchedAt time.Time
	// Crawl is how the last look at the page of a PlaceWeb went.
	Crawl   Crawl
	Version int64
}

// Crawl is how looking at a page went.
type Crawl struct {
	At    time.Time // zero if nobody has looked yet
	Fails int       // in a row
	Note  string    // what was the matter, empty if nothing
	Live  bool      // the page embeds the portal, which is current by itself
}

// failedCrawls is how many times in a row a page has to be out of reach before
// its unit is asked: every server is restarted some day.
const failedCrawls = 2

// Gone reports whether a page is out of reach for good.
func (c Crawl) Gone() bool { return c.Fails >= failedCrawls }

// Open reports whether the place is in use.
func (p *Place) Open() bool { return p.ClosedAt.IsZero() }

// Bounds on what is written of a place, in characters.
const maxPlaceText = 60

// Validate checks a place before it is stored.
func (p *Place) Validate() error {
	e := fault.Invalidf("公示地点没有保存，请按提示更正。")
	p.Name, p.Location, p.Keeper, p.URL = strings.TrimSpace(p.Name), strings.TrimSpace(p.Location), strings.TrimSpace(p.Keeper), strings.TrimSpace(p.URL)
	if !slices.Contains(PlaceKinds, p.Kind) {
		e.At("kind", "请选择地点类别")
	}
	if p.Name == "" {
		e.At("name", "请填写名称，例如“县政务服务大厅一楼公示栏”")
	}
	for _, f := range []struct{ key, text string }{{"name", p.Name}, {"location", p.Location}, {"keeper", p.Keeper}} {
		if n := utf8.RuneCountInString(f.text); n > maxPlaceText {
			e.At(f.key, "写了 %d 个字，请缩短到 %d 个字以内", n, maxPlaceText)
		}
	}
	if p.Kind != PlaceWeb {
		p.URL = ""
	} else if u, err := url.Parse(p.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || len(p.URL) > 500 {
		e.At("url", "请填写网页的完整地址，形如 https://www.example.gov.cn/bszn.html，不含用户名和密码")
	}
	return e.OrNil()
}

// NewPlaceToken makes a place's token from eight random bytes: letters and digits
// that nobody mistakes, in a QR code not longer than needed. It tells a scan's
// place and is no secret: everybody who stands there can read it.
func NewPlaceToken(random [8]byte) string {
	out := make([]byte, len(random))
	for i, b := range random {
		out[i] = numberLetters[b&31]
	}
	return string(out)
}

// NormalizePlaceToken makes a token comparable; "" if it is none.
func NormalizePlaceToken(s string) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) != 8 || strings.Trim(s, numberLetters) != "" {
		return ""
	}
	return s
}

// DisplayForms are the forms in which a place shows an item; others may be
// written.
var DisplayForms = []string{"海报", "窗口卡", "办事指南", "一次性告知单", "网页"}

// Display says that a place shows one published version of an item. A place shows
// an item in one version; what else is seen there is a doubt.
type Display struct {
	ID, PlaceID string
	ItemID      string
	Code        string // verification code
	ReleaseSeq  int64
	Form        string
	Since       calendar.Date // from when it has hung there
	SeenAt      time.Time     // when it was last known to
	By          string        // a member of staff, or the crawler
	EndedAt     time.Time     // zero while it is shown
	EndedWhy    string
}

// SightingSource is who saw a code at a place.
type SightingSource string

// The sources. What staff and the crawler see changes the register; what anybody
// scans raises a question to the unit and no more, since a photograph of a poster
// scans as well as the poster.
const (
	SeenByStaff   SightingSource = "工作人员"
	SeenByCrawl   SightingSource = "网页巡查"
	SeenByAnybody SightingSource = "扫码"
)

// Trusted reports whether the source's word changes the register.
func (s SightingSource) Trusted() bool { return s != SeenByAnybody }

// Validity is what a code stood for at an instant.
type Validity string

// The validities.
const (
	VersionCurrent   Validity = "现行"
	VersionReplaced  Validity = "已被替换"
	VersionWithdrawn Validity = "已撤下" // the item is suspended or cancelled
	VersionUnknown   Validity = "查无此码"
)

// Doubt is what a sighting says that the register of its place does not.
type Doubt string

// The doubts, until the unit settles them.
const (
	NoDoubt           Doubt = ""
	DoubtOld          Doubt = "旧版仍在"  // something that does not hold is seen beside, or instead of, what is registered
	DoubtUnregistered Doubt = "未登记"   // a current version that the register does not have
	DoubtNewer        Doubt = "可能已更换" // the current version is seen where an old one is registered
	DoubtUnknown      Doubt = "查无此码"
	DoubtNoCode       Doubt = "没有核验码" // a page names an item, and nothing tells of which version
	DoubtClosed       Doubt = "停用后仍在"
)

// Sighting is that a code was seen at a place. Equal ones of a source are one
// sighting that was made N times.
type Sighting struct {
	ID, PlaceID  string
	Source       SightingSource
	Code         string // of an item without one (DoubtNoCode): its implementation code
	ItemID       string // empty for an unknown code
	Validity     Validity
	Doubt        Doubt
	FirstAt, At  time.Time
	N            int
	By           string    // a member of staff, empty for anybody
	SettledAt    time.Time // zero while the doubt is open, and if there is none
	SettledWhy   string
	Name, UnitID string // the item's; filled when it is read
}

// Key is the same for sightings that are one: everybody's are counted together,
// those of staff by person and day.
func (s *Sighting) Key() string {
	key := s.PlaceID + "|" + string(s.Source) + "|" + s.Code + "|" + string(s.Validity) + "|" + string(s.Doubt)
	if s.Source == SeenByStaff {
		key += "|" + s.By + "|" + calendar.DateOf(s.At).String()
	}
	return key
}

// clockSlack is by how much clocks of several servers may differ.
const clockSlack = 5 * time.Minute

// CheckEvidence refuses evidence from a clock that was set back behind what is
// known of the place: days would be counted from it.
func (p *Place) CheckEvidence(now time.Time) error {
	if now.Add(clockSlack).Before(p.TouchedAt) {
		return fault.Conflictf("服务器时间（%s）早于“%s”上一次记录的时间（%s），没有保存。请校准服务器时钟后再试。", beijing(now), p.Name, beijing(p.TouchedAt))
	}
	return nil
}

// CheckDisplay refuses what a place cannot show: nothing at a closed one, nothing
// of another unit where only the own unit's hangs. owns tells the units for which
// the place's unit reports, itself included.
func (p *Place) CheckDisplay(code string, it *PublishedItem, owns func(unitID string) bool) error {
	if !p.Open() {
		return fault.Conflictf("“%s”已停用（%s），不能登记公示内容。请先恢复使用，或者登记到其他地点。", p.Name, p.ClosedWhy)
	}
	if !p.Kind.Shared() && !owns(it.UnitID) {
		return fault.Invalidf("核验码 %s 是“%s”的“%s”，%s只登记本单位的事项；多个单位共用的地点请登记为“%s”或“%s”。", code, it.UnitName, it.Name, p.Kind, PlaceHall, PlaceTownship)
	}
	return nil
}

// FirstDay checks from when something is said to hang: not before its release,
// not after today; the zero date is today.
func FirstDay(since, released, today calendar.Date) (calendar.Date, error) {
	switch {
	case since.IsZero():
		return today, nil
	case today.Before(since):
		return since, fault.Invalidf("上墙日期 %s 晚于今天", since)
	case since.Before(released):
		return since, fault.Invalidf("上墙日期 %s 早于这一版的公布日期 %s", since, released)
	}
	return since, nil
}

// String names the place with its unit.
func (p *Place) String() string { return fmt.Sprintf("%s（%s）", p.Name, p.UnitName) }

// CheckCrawl refuses a place that has no page to look at, or is not in use.
func (p *Place) CheckCrawl() error {
	if p.Kind != PlaceWeb || !p.Open() {
		return fault.Conflictf("“%s”不是使用中的单位网页，不能巡查。", p.Name)
	}
	return nil
}

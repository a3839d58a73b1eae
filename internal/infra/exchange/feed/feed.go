// Package feed writes a list of news as RSS 2.0, Atom (RFC 4287) and JSON Feed
// 1.1 (jsonfeed.org).
package feed

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"time"
)

// Feed is a list of news, newest first.
type Feed struct {
	Title, Description string
	Home               string // address of the page that shows the same
	Self               string // address of the feed itself
	Next               string // address of the page with older entries, "" at the end
	Author             string
	Entries            []Entry
}

// Entry is one piece of news. ID stays the same wherever the feed is read.
type Entry struct {
	ID, Title, Link string
	At              time.Time
	Summary         string // plain text
	HTML            string
}

// updated is when the newest entry came; the beginning of time for an empty feed.
func (f *Feed) updated() time.Time {
	at := time.Unix(0, 0)
	for _, e := range f.Entries {
		if e.At.After(at) {
			at = e.At
		}
	}
	return at.UTC()
}

type link struct {
	XMLName xml.Name `xml:"link"`
	Rel     string   `xml:"rel,attr,omitempty"`
	Type    string   `xml:"type,attr,omitempty"`
	Href    string   `xml:"href,attr"`
}

type text struct {
	Type string `xml:"type,attr"`
	Body string `xml:",chardata"`
}

type atomEntry struct {
	ID        string `xml:"id"`
	Title     string `xml:"title"`
	Link      link
	Published string `xml:"published"`
	Updated   string `xml:"updated"`
	Summary   string `xml:"summary"`
	Content   text   `xml:"content"`
}

// WriteAtom writes the feed as Atom.
func (f *Feed) WriteAtom(w io.Writer) error {
	doc := struct {
		XMLName  xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		Lang     string   `xml:"xml:lang,attr"`
		ID       string   `xml:"id"`
		Title    string   `xml:"title"`
		Subtitle string   `xml:"subtitle,omitempty"`
		Updated  string   `xml:"updated"`
		Author   string   `xml:"author>name"`
		Links    []link
		Entries  []atomEntry `xml:"entry"`
	}{Lang: "zh-CN", ID: f.Self, Title: clean(f.Title), Subtitle: clean(f.Description), Updated: f.updated().Format(time.RFC3339), Author: clean(f.Author),
		Links: []link{{Rel: "self", Type: "application/atom+xml", Href: f.Self}, {Rel: "alternate", Type: "text/html", Href: f.Home}}}
	if f.Next != "" { // RFC 5005
		doc.Links = append(doc.Links, link{Rel: "next", Type: "application/atom+xml", Href: f.Next})
	}
	for _, e := range f.Entries {
		at := e.At.UTC().Format(time.RFC3339)
		doc.Entries = append(doc.Entries, atomEntry{ID: e.ID, Title: clean(e.Title), Link: link{Rel: "alternate", Type: "text/html", Href: e.Link}, Published: at, Updated: at,
			Summary: clean(e.Summary), Content: text{"html", clean(e.HTML)}})
	}
	return writeXML(w, doc)
}

type rssGUID struct {
	Permanent bool   `xml:"isPermaLink,attr"`
	ID        string `xml:",chardata"`
}

type rssItem struct {
	Title       string  `xml:"title"`
	Link        string  `xml:"link"`
	GUID        rssGUID `xml:"guid"`
	At          string  `xml:"pubDate"`
	Description string  `xml:"description"`
}

// WriteRSS writes the feed as RSS 2.0.
func (f *Feed) WriteRSS(w io.Writer) error {
	type self struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
	type channel struct {
		Title       string    `xml:"title"`
		Link        string    `xml:"link"`
		Links       []self    `xml:"atom:link"`
		Description string    `xml:"description"`
		Language    string    `xml:"language"`
		Built       string    `xml:"lastBuildDate"`
		Items       []rssItem `xml:"item"`
	}
	links := []self{{"self", "application/rss+xml", f.Self}}
	if f.Next != "" {
		links = append(links, self{"next", "application/rss+xml", f.Next})
	}
	doc := struct {
		XMLName xml.Name `xml:"rss"`
		Version string   `xml:"version,attr"`
		Atom    string   `xml:"xmlns:atom,attr"`
		Channel channel  `xml:"channel"`
	}{Version: "2.0", Atom: "http://www.w3.org/2005/Atom", Channel: channel{Title: clean(f.Title), Link: f.Home, Links: links,
		Description: clean(f.Description), Language: "zh-cn", Built: f.updated().Format(time.RFC1123Z)}}
	for _, e := range f.Entries {
		doc.Channel.Items = append(doc.Channel.Items, rssItem{Title: clean(e.Title), Link: e.Link, GUID: rssGUID{false, e.ID}, At: e.At.UTC().Format(time.RFC1123Z), Description: clean(e.HTML)})
	}
	return writeXML(w, doc)
}

func writeXML(w io.Writer, doc any) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", " ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// clean drops what XML cannot hold.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 {
			return r
		}
		return -1
	}, s)
}

// WriteJSON writes the feed as JSON Feed 1.1.
func (f *Feed) WriteJSON(w io.Writer) error {
	type author struct {
		Name string `json:"name"`
	}
	type item struct {
		ID        string `json:"id"`
		URL       string `json:"url"`
		Title     string `json:"title"`
		HTML      string `json:"content_html"`
		Summary   string `json:"summary"`
		Published string `json:"date_published"`
	}
	doc := struct {
		Version     string   `json:"version"`
		Title       string   `json:"title"`
		Home        string   `json:"home_page_url"`
		Self        string   `json:"feed_url"`
		Next        string   `json:"next_url,omitempty"`
		Description string   `json:"description,omitempty"`
		Language    string   `json:"language"`
		Authors     []author `json:"authors,omitempty"`
		Items       []item   `json:"items"`
	}{Version: "https://jsonfeed.org/version/1.1", Title: f.Title, Home: f.Home, Self: f.Self, Next: f.Next, Description: f.Description, Language: "zh-CN", Items: []item{}}
	if f.Author != "" {
		doc.Authors = []author{{f.Author}}
	}
	for _, e := range f.Entries {
		doc.Items = append(doc.Items, item{ID: e.ID, URL: e.Link, Title: e.Title, HTML: e.HTML, Summary: e.Summary, Published: e.At.UTC().Format(time.RFC3339)})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(doc)
}

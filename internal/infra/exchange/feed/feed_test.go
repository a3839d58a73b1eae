package feed_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"

	"onevisit/internal/infra/exchange/feed"
)

func TestFeeds(t *testing.T) {
	at := time.Date(2018, 9, 30, 1, 2, 3, 0, time.UTC)
	f := &feed.Feed{Title: "广宗县“最多跑一次”公布", Description: "说明", Home: "https://example.org/batches", Self: "https://example.org/feeds/releases", Author: "广宗县人民政府", Entries: []feed.Entry{
		{ID: "urn:x:2", Title: `第二批 <b>&"` + "\x01", Link: "https://example.org/batches/2?a=1&b=2", At: at, Summary: "共 3 项", HTML: "<p>甲 &amp; 乙</p>"},
		{ID: "urn:x:1", Title: "第一批", Link: "https://example.org/batches/1", At: at.AddDate(0, -1, 0), HTML: "<p>丙</p>"}}}
	write := func(f func(io.Writer) error) []byte {
		t.Helper()
		var b bytes.Buffer
		if err := f(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	var atom struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Updated string   `xml:"updated"`
		Links   []struct {
			Rel  string `xml:"rel,attr"`
			Href string `xml:"href,attr"`
		} `xml:"link"`
		Entries []struct {
			ID      string `xml:"id"`
			Title   string `xml:"title"`
			Updated string `xml:"updated"`
			Content struct {
				Type string `xml:"type,attr"`
				Body string `xml:",chardata"`
			} `xml:"content"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(write(f.WriteAtom), &atom); err != nil {
		t.Fatal(err)
	}
	if atom.ID == "" || atom.Updated != "2018-09-30T01:02:03Z" || len(atom.Links) != 2 || atom.Links[0].Href != f.Self || len(atom.Entries) != 2 ||
		atom.Entries[0].Title != `第二批 <b>&"` || atom.Entries[0].Content.Type != "html" || atom.Entries[0].Content.Body != f.Entries[0].HTML {
		t.Errorf("%+v", atom)
	}
	var rss struct {
		Version string `xml:"version,attr"`
		Items   []struct {
			Link string `xml:"link"`
			GUID string `xml:"guid"`
			At   string `xml:"pubDate"`
			HTML string `xml:"description"`
		} `xml:"channel>item"`
	}
	if err := xml.Unmarshal(write(f.WriteRSS), &rss); err != nil {
		t.Fatal(err)
	}
	if rss.Version != "2.0" || len(rss.Items) != 2 || rss.Items[0].Link != f.Entries[0].Link || rss.Items[0].GUID != "urn:x:2" || rss.Items[0].At != "Sun, 30 Sep 2018 01:02:03 +0000" || rss.Items[0].HTML != f.Entries[0].HTML {
		t.Errorf("%+v", rss)
	}
	var js struct {
		Version string `json:"version"`
		Self    string `json:"feed_url"`
		Items   []struct {
			ID   string `json:"id"`
			HTML string `json:"content_html"`
			At   string `json:"date_published"`
		} `json:"items"`
	}
	if err := json.Unmarshal(write(f.WriteJSON), &js); err != nil {
		t.Fatal(err)
	}
	if js.Version != "https://jsonfeed.org/version/1.1" || js.Self != f.Self || len(js.Items) != 2 || js.Items[0].HTML != f.Entries[0].HTML || js.Items[0].At != "2018-09-30T01:02:03Z" {
		t.Errorf("%+v", js)
	}
	empty := &feed.Feed{Title: "空", Self: "https://example.org/f"}
	if b := write(empty.WriteJSON); !bytes.Contains(b, []byte(`"items":[]`)) {
		t.Errorf("%s", b)
	}
	for _, b := range [][]byte{write(empty.WriteAtom), write(empty.WriteRSS)} {
		if !strings.Contains(string(b), "1970") {
			t.Errorf("%s", b)
		}
	}
}

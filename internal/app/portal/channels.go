package portal

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"io"
	"strings"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/channel"
	"onevisit/internal/infra/exchange/feed"
	"onevisit/internal/infra/paper"
)

// The shapes of other channels that pages handle.
type (
	Publisher = channel.Publisher
	Article   = channel.Article
	Post      = channel.Post
)

// PublisherAt is the county as it speaks of a release, at the portal's address.
func PublisherAt(place, base string, seq int64) Publisher {
	return Publisher{Place: place, Page: fmt.Sprintf("%s/batches/%d", base, seq), Short: fmt.Sprintf("%s/b/%d", base, seq)}
}

// Summary returns a release as it is announced.
func (s *Service) Summary(ctx context.Context, seq int64) (*publication.Summary, error) {
	r, items, err := s.Release(ctx, seq)
	if err != nil {
		return nil, err
	}
	frozen := make([]publication.ReleaseItem, len(items))
	for i := range items {
		frozen[i] = items[i].ReleaseItem
	}
	return publication.Summarise(*r, frozen), nil
}

// ReleaseOf returns the release that a batch or an adjustment became, or NotFound.
func (s *Service) ReleaseOf(batchID string) (*publication.Release, error) {
	for _, r := range s.snap.Load().releases {
		if r.BatchID == batchID {
			return &r, nil
		}
	}
	return nil, fault.NotFoundf("这个批次还没有公布，公布后才能向其他渠道发布。")
}

// Channels are the texts of a release for other channels.
type Channels struct {
	*publication.Summary
	Publisher
	Article *Article
	Posts   []Post
}

// Channels writes the texts of a release for other channels.
func (s *Service) Channels(ctx context.Context, place, base string, seq int64) (*Channels, error) {
	sum, err := s.Summary(ctx, seq)
	if err != nil {
		return nil, err
	}
	c := &Channels{Summary: sum, Publisher: PublisherAt(place, base, seq)}
	if c.Article, err = channel.NewArticle(sum, c.Publisher); err != nil {
		return nil, err
	}
	c.Posts = channel.Posts(sum, c.Publisher)
	return c, nil
}

// ChannelLimit is how long something may be on another's platform.
func ChannelLimit(name string) channel.Limit { return channel.LimitOf(name) }

// QRPicture draws a QR code of an address as PNG, for platforms that take no SVG.
func (s *Service) QRPicture(address string) ([]byte, error) { return paper.QRPNG(address) }

// FeedFormats are the formats of the feed with their content types.
var FeedFormats = map[string]string{"rss": "application/rss+xml; charset=utf-8", "atom": "application/atom+xml; charset=utf-8", "json": "application/feed+json; charset=utf-8"}

// feedLength is how many releases a feed tells.
const feedLength = 30

// toldItems is how many items of a release a feed tells one by one.
const toldItems = 200

// WriteFeed writes what was published lately as a feed, newest first; before is
// the number of the release with which the page before ended, 0 for the first.
func (s *Service) WriteFeed(ctx context.Context, w io.Writer, format, place, base string, before int64) error {
	f := &feed.Feed{Title: place + "“最多跑一次”公布", Description: place + "公布和调整政务服务事项的消息。", Home: base + "/batches", Self: base + "/feeds/releases." + format, Author: place + "人民政府"}
	releases := s.Releases()
	if before > 0 {
		f.Self += fmt.Sprintf("?before=%d", before)
		for len(releases) > 0 && releases[0].Seq >= before {
			releases = releases[1:]
		}
	}
	if len(releases) > feedLength {
		releases = releases[:feedLength]
		f.Next = fmt.Sprintf("%s/feeds/releases.%s?before=%d", base, format, releases[feedLength-1].Seq)
	}
	for _, r := range releases {
		sum, err := s.Summary(ctx, r.Seq)
		if err != nil {
			return err
		}
		p := PublisherAt(place, base, r.Seq)
		var b bytes.Buffer
		if err := newsText.Execute(&b, map[string]any{"S": sum, "Lead": channel.Lead(sum, p), "Base": base, "Most": toldItems}); err != nil {
			return fmt.Errorf("feed of release %d: %w", r.Seq, err)
		}
		title := r.Title
		if r.Demo {
			title = "【演示数据】" + title
		}
		// The name goes by the release's content, so that it is the same wherever
		// the portal is reached, and no other county's.
		f.Entries = append(f.Entries, feed.Entry{ID: "urn:onevisit:release:" + r.Hash, Title: title, Link: p.Page, At: r.At, Summary: channel.Lead(sum, p), HTML: b.String()})
	}
	switch format {
	case "rss":
		return f.WriteRSS(w)
	case "atom":
		return f.WriteAtom(w)
	case "json":
		return f.WriteJSON(w)
	}
	return fault.NotFoundf("没有“%s”格式的订阅，可选 rss、atom 或 json。", format)
}

// newsText is one release in a feed reader.
var newsText = template.Must(template.New("news").Funcs(template.FuncMap{"line": channel.Line}).Parse(strings.TrimSpace(`
{{if .S.Demo}}<p>演示数据，不代表任何单位的真实办事要求。</p>{{end}}<p>{{.Lead}}</p>
{{if gt .S.Count $.Most}}<ul>{{range .S.Units}}<li>{{.Name}}：{{len .Items}} 项</li>{{end}}</ul>
{{else}}{{range .S.Units}}<h3>{{.Name}}（{{len .Items}} 项）</h3><ul>{{range .Items}}<li><a href="{{$.Base}}/items/{{.ItemID}}">{{line .}}</a>{{if .Reason}}：{{.Reason}}{{end}}{{if .Basis}}（{{if .Cause}}{{.Cause}}，{{end}}依据{{.Basis}}）{{end}}{{range $i, $s := .Successors}}{{if $i}}、{{else}}现在请办理：{{end}}<a href="{{$.Base}}/items/{{.ItemID}}">{{.Name}}</a>（{{.UnitName}}）{{end}}</li>{{end}}</ul>
{{end}}{{end}}<p>公布编号 {{.S.Number}}，校验值 {{.S.Hash}}</p>`)))

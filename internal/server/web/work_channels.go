package web

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// channelWork lists the pages from which a release goes out to other channels.
func (s *Server) channelWork() {
	s.work("GET /work/channels", s.getChannels)
	s.work("POST /work/channels/push", s.postPush)
	s.work("GET /work/channels/package.zip", s.getPackage)
	s.work("GET /work/channels/release", s.getReleaseFile)
	s.workUpTo("POST /work/channels/return", maxReturnFile, s.postReturn)
	s.work("GET /work/channels/sites/{unit}", s.getSite)
	s.work("GET /work/channels/sites/{unit}/site.zip", s.getSiteFile)
	s.work("GET /work/releases/{seq}", s.getReleaseChannels)
	s.work("GET /work/releases/{seq}/qr.png", s.getReleaseQR)
}

// channelsData is the page of all channels.
type channelsData struct {
	County   bool // sees what concerns the whole county
	Publish  bool
	Releases []publication.Release
	Pushes   map[int64]portal.PushView
	Target   string
	Units    []portal.UnitEntry
	Base     string
	CSRF     string
	Back     portal.ReturnState  // what has come back from the public side
	Taken    *portal.ReturnTaken // just now
	Accept   string
	Summary  string
	Errors   []ui.FieldError
}

// maxReturnFile is the largest file that comes back, in bytes.
const maxReturnFile = 100 << 20

// GET /work/channels
func (s *Server) getChannels(q *request) error { return s.channelsPage(q, nil, nil) }

func (s *Server) channelsPage(q *request, taken *portal.ReturnTaken, failed error) error {
	a := q.actor()
	d := channelsData{County: org.Can(a, org.ReadCounty, "") == nil, Publish: org.Can(a, org.PublishBatch, "") == nil, Target: s.Portal.PushTarget(), Base: q.base(), CSRF: q.in.FormToken, Pushes: map[int64]portal.PushView{}}
	for _, u := range s.Portal.Units() {
		if org.Can(a, org.ReadItem, u.ID) == nil {
			d.Units = append(d.Units, u)
		}
	}
	if !d.County && len(d.Units) == 0 {
		if err := org.Can(a, org.ReadItem, a.UnitID); err != nil {
			return err
		}
	}
	if d.County {
		d.Releases = s.Portal.Releases()
		list, err := s.Portal.Pushes(q.Context(), a)
		if err != nil {
			return err
		}
		for _, p := range list {
			d.Pushes[p.ReleaseSeq] = p
		}
	}
	if d.Publish {
		var err error
		if d.Back, err = s.Portal.ReturnState(q.Context(), a); err != nil {
			return err
		}
	}
	d.Taken, d.Accept = taken, q.PostFormValue("accept")
	if failed == nil {
		return q.render(q.page("渠道发布"), channelsView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("渠道发布"), channelsView(d))
	return nil
}

// POST /work/channels/return: what readers told the portal on the other network.
func (s *Server) postReturn(q *request) error {
	f, _, err := q.FormFile("file")
	if err != nil {
		return s.channelsPage(q, nil, fault.Invalidf("没有导入。").At("file", "请选择外网门户写出的回传文件（.return）"))
	}
	defer f.Close()
	taken, err := s.Portal.TakeReturn(q.Context(), q.actor(), s.calendar(), f, strings.TrimSpace(q.PostFormValue("accept")))
	if err != nil {
		return s.channelsPage(q, nil, err)
	}
	return s.channelsPage(q, taken, nil)
}

func (d channelsData) takenText() string {
	t := "新的纠错 " + strconv.Itoa(d.Taken.Reports) + " 条，已转各单位；未找到的搜索 " + strconv.Itoa(d.Taken.Searches) + " 次；指南浏览 " + strconv.Itoa(d.Taken.Views) + " 次；以前已导入 " + strconv.Itoa(d.Taken.Same) + " 条。"
	if d.Taken.Orphans > 0 {
		t += "所说的指南本机没有的 " + strconv.Itoa(d.Taken.Orphans) + " 条，没有导入。"
	}
	return t
}

// POST /work/channels/push
func (s *Server) postPush(q *request) error {
	if err := s.Portal.PushAgain(q.Context(), q.actor()); err != nil {
		return err
	}
	return q.seeOther("/work/channels?done=pushed")
}

// GET /work/channels/package.zip: the package as it would be pushed.
func (s *Server) getPackage(q *request) error {
	if err := org.Can(q.actor(), org.ReadCounty, ""); err != nil {
		return err
	}
	var b bytes.Buffer
	r, err := s.Portal.WritePackage(q.Context(), &b, q.about())
	if err != nil {
		return err
	}
	return q.keep("推送包"+r.Number+".zip", "application/zip", int64(b.Len()), &b)
}

// GET /work/channels/release: everything that is published, signed, for the
// other side of a separated network.
func (s *Server) getReleaseFile(q *request) error {
	// It may be large, and is sent only when it is whole.
	f, err := os.CreateTemp("", "onevisit-*.release")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := s.Reform.WriteReleaseFile(q.Context(), q.actor(), f); err != nil {
		return err
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return q.keep("公布文件"+s.Portal.Head().Number+".release", "application/octet-stream", size, f)
}

// keep answers with a file to keep.
func (q *request) keep(name, media string, size int64, r io.Reader) error {
	q.download(media, name)
	q.w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	q.w.Header().Set("Cache-Control", "no-store")
	_, err := io.Copy(q.w, r)
	return err
}

// GET /work/channels/sites/{unit}: a job makes the site; the page says how far it
// is, and then offers the file.
func (s *Server) getSite(q *request) error {
	b, err := s.Portal.AskSite(q.Context(), q.actor(), q.PathValue("unit"), s.PublicURL)
	if err != nil {
		return err
	}
	p := q.page(b.Title)
	p.Crumbs = []ui.Crumb{{Label: "渠道发布", Href: "/work/channels"}}
	if b.File == nil {
		p.Refresh = 2
		q.status(http.StatusAccepted, p, siteWaits(b))
		return nil
	}
	defer b.File.Close()
	info, err := b.File.Stat()
	if err != nil {
		return err
	}
	return q.render(p, siteReady(b, q.URL.Path+"/site.zip", info.Size()))
}

// GET /work/channels/sites/{unit}/site.zip
func (s *Server) getSiteFile(q *request) error {
	b, err := s.Portal.AskSite(q.Context(), q.actor(), q.PathValue("unit"), s.PublicURL)
	switch {
	case err != nil:
		return err
	case b.File == nil: // a release came meanwhile
		return q.seeOther("/work/channels/sites/" + q.PathValue("unit"))
	}
	defer b.File.Close()
	info, err := b.File.Stat()
	if err != nil {
		return err
	}
	return q.keep(b.Title+".zip", "application/zip", info.Size(), b.File)
}

// GET /work/releases/{seq}: the texts of a release for other channels.
func (s *Server) getReleaseChannels(q *request) error {
	c, err := q.channels()
	if err != nil {
		return err
	}
	p := q.page(c.Title)
	p.Crumbs = []ui.Crumb{{Label: "渠道发布", Href: "/work/channels"}}
	q.w.Header()["Content-Security-Policy"] = []string{inlineStyles}
	return q.render(p, releaseChannels(c))
}

// GET /work/releases/{seq}/qr.png: the code of the release's page, for pictures
// and articles.
func (s *Server) getReleaseQR(q *request) error {
	c, err := q.channels()
	if err != nil {
		return err
	}
	b, err := s.Portal.QRPicture(c.Short)
	if err != nil {
		return err
	}
	return q.keep(fmt.Sprintf("公布二维码%s.png", c.Number), "image/png", int64(len(b)), bytes.NewReader(b))
}

func (q *request) channels() (*portal.Channels, error) {
	if err := org.Can(q.actor(), org.ReadCounty, ""); err != nil {
		return nil, err
	}
	seq, err := strconv.ParseInt(q.PathValue("seq"), 10, 64)
	if err != nil {
		return nil, fault.NotFoundf("没有找到这个公布批次。")
	}
	return q.s.Portal.Channels(q.Context(), q.s.county().Title(), q.base(), seq)
}

// counted says how long a text is, and how long it may be.
func counted(limit, text string) string {
	l := portal.ChannelLimit(limit)
	return fmt.Sprintf("%d %s，上限 %d %s", l.Length(text), l.Unit, l.Most, l.Unit)
}

// pushLight is the colour of a push's state.
func pushLight(p portal.PushView) string {
	switch p.State {
	case portal.PushSent:
		return "green"
	case portal.PushFailed:
		return "red"
	case portal.PushWaiting:
		return "yellow"
	}
	return "grey"
}

// pushWords say how a push stands.
func pushWords(p portal.PushView) string {
	switch {
	case p.State == portal.PushWaiting && p.Message != "":
		return "第 " + strconv.Itoa(portal.PushTries(p)) + " 次未成功，" + ui.Moment(p.NextAt) + "再试"
	case p.State == portal.PushSent:
		return "已推送 " + ui.Moment(p.DoneAt)
	}
	return string(p.State)
}

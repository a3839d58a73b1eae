package portal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/search"
	"onevisit/internal/infra/store"
)

// siteFormat is the format of a booklet that is a site of files in a zip.
const siteFormat = "site"

// SiteWriter writes the pages of a unit ("" for the whole county) as a site that
// needs no server. base is the portal's address, "" if it is not known. Pages
// are the server's matter, so that it hands this down.
type SiteWriter func(ctx context.Context, b *Bundle, unitID, base string, progress func(done, total int)) error

// Bundle is a set of files in a zip or a directory.
type Bundle = exchange.Bundle

// BundleFile is a file of a bundle with its size and hash.
type BundleFile = exchange.BundleFile

// WriteSitesWith sets who writes sites.
func (s *Service) WriteSitesWith(w SiteWriter) { s.site = w }

// AskSite returns the site of a unit, or of WholeCounty, as the newest release
// has it: a zip file, made by a job. Whoever may read the unit's items may ask.
func (s *Service) AskSite(ctx context.Context, a org.Actor, unitID, base string) (*Booklet, error) {
	if err := mayAskSite(a, unitID); err != nil {
		return nil, err
	}
	_, unit, entries, err := s.bookletOf(unitID)
	if err != nil {
		return nil, err
	}
	if unit == "" {
		unit = "全县"
	}
	sum := sha256.Sum256([]byte(base))
	b := &Booklet{Title: unit + "静态网站", Guides: len(entries)}
	return b, s.askFile(ctx, b, store.Booklet{UnitID: wholeOr(unitID), ReleaseSeq: s.snap.Load().seq, Format: siteFormat, Variant: hex.EncodeToString(sum[:8])}, base)
}

func mayAskSite(a org.Actor, unitID string) error {
	if wholeOr(unitID) == "" {
		return org.Can(a, org.ReadCounty, "")
	}
	return org.Can(a, org.ReadItem, unitID)
}

// writeSite writes a site into a zip file.
func (s *Service) writeSite(ctx context.Context, w io.Writer, unitID, base string, progress func(done, total int)) error {
	b, err := s.SiteZip(w)
	if err != nil {
		return err
	}
	return s.site(ctx, b, unitID, base, progress)
}

// SiteZip begins a site in a zip file, SiteDirectory one in a directory. Its
// files carry the time of the release, so that the same release gives the same
// bytes.
func (s *Service) SiteZip(w io.Writer) (*Bundle, error) {
	r := s.Head()
	if r == nil {
		return nil, nothingPublished()
	}
	return exchange.NewZip(w, r.At), nil
}

// SiteDirectory begins a site in an empty or new directory.
func (s *Service) SiteDirectory(dir string) (*Bundle, error) {
	r := s.Head()
	if r == nil {
		return nil, nothingPublished()
	}
	return exchange.NewDirectory(dir, r.At)
}

func nothingPublished() error {
	return fault.NotFoundf("还没有公布事项，没有可以导出的内容。")
}

// Initials are the first letters of the characters of names, as people type them.
func Initials(names []string) []string { return search.Initials(names) }

package portal

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/exchange"
)

// DataFormat is a format in which what is published can be had.
type DataFormat struct {
	Ext, Media, Title string
	write             func(io.Writer, exchange.Items) error
	// national writes it under the national keys, nil if the format has none.
	national func(io.Writer, exchange.Items) error
}

// National reports whether the format can be had under the national keys.
func (f *DataFormat) National() bool { return f.national != nil }

// DataFormats lists the formats. JSON-LD is written with what Linked says.
var DataFormats = []DataFormat{
	{"csv", "text/csv; charset=utf-8", "CSV 表格", exchange.WriteCSV, exchange.WriteNationalCSV},
	{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel 工作簿", exchange.WriteXLSX, exchange.WriteNationalXLSX},
	{"json", "application/json; charset=utf-8", "JSON", exchange.WriteJSON, exchange.WriteNationalJSON},
	{"jsonl", "application/jsonl; charset=utf-8", "JSON，每行一个事项", exchange.WriteJSONL, exchange.WriteNationalJSONL},
	{"jsonld", "application/ld+json; charset=utf-8", "关联数据（CPSV-AP 3.2）", exchange.WriteJSONLD, nil},
}

// DataFormatOf finds a format by its ending, or NotFound.
func DataFormatOf(ext string) (*DataFormat, error) {
	for i := range DataFormats {
		if DataFormats[i].Ext == ext {
			return &DataFormats[i], nil
		}
	}
	return nil, fault.NotFoundf("没有“%s”格式的数据，可选 csv、xlsx、json、jsonl 或 jsonld。", ext)
}

// NationalKey is a key of the national exchange with the field it stands for.
type NationalKey = exchange.NationalKey

// NationalKeys lists the national keys in the order of the elements.
func NationalKeys() []NationalKey { return exchange.NationalKeys() }

// NationalCode is the national standard's code of a dictionary's value, else the
// value itself.
func NationalCode(dictionary, name string) string { return exchange.NationalCode(dictionary, name) }

// DataQuery says which part of what is published is wanted.
type DataQuery struct {
	// Unit is a unit's ID; empty for the whole county.
	Unit string
	// Release asks for the items of one release as it froze them; 0 for what is
	// in force now.
	Release  int64
	Format   string
	National bool
}

// Data is a part of what is published, found but not written yet.
type Data struct {
	Format *DataFormat
	Items  int

	s        *Service
	entries  []Entry
	national bool
}

// Data finds a part of what is published, as it is at this moment; what comes
// later does not change it. Suspended and cancelled items are not in it.
func (s *Service) Data(ctx context.Context, q DataQuery) (*Data, error) {
	f, err := DataFormatOf(q.Format)
	if err != nil {
		return nil, err
	}
	if q.National && !f.National() {
		return nil, fault.NotFoundf("国家标准字段的数据没有“%s”格式，可选 csv、xlsx、json 或 jsonl。", q.Format)
	}
	d := &Data{Format: f, s: s, national: q.National}
	switch {
	case q.Release != 0:
		_, items, err := s.Release(ctx, q.Release)
		if err != nil {
			return nil, err
		}
		for _, p := range items {
			if p.Available() && (q.Unit == "" || p.UnitID == q.Unit) {
				d.entries = append(d.entries, Entry{ID: p.ItemID, ReleaseSeq: p.ReleaseSeq})
			}
		}
	case q.Unit != "":
		if _, d.entries, err = s.Unit(q.Unit); err != nil {
			return nil, err
		}
	default:
		d.entries = s.snap.Load().entries
	}
	d.Items = len(d.entries)
	return d, nil
}

// Write writes it, some items at a time.
func (d *Data) Write(ctx context.Context, w io.Writer, about Linked) error {
	items := d.s.documents(ctx, d.entries, nil)
	switch {
	case d.national:
		return d.Format.national(w, items)
	case d.Format.Ext == "jsonld":
		ids := map[*catalog.Item]string{}
		l := exchange.Linked{Place: about.Place, Division: about.Division, Base: about.Base}
		if about.Base != "" {
			l.Page = func(it *catalog.Item) string { return about.Base + "/items/" + ids[it] }
			items = d.s.documents(ctx, d.entries, func(id string, it *catalog.Item) {
				clear(ids) // one item is under way at a time
				ids[it] = id
			})
		}
		return l.Write(w, items)
	}
	return d.Format.write(w, items)
}

// Linked is what data name beside the items: the county, its code after GB/T
// 2260, and the portal's address without a slash at its end.
type Linked struct{ Place, Division, Base string }

// Documents gives the items that are in force now, by ID.
func (s *Service) Documents(ctx context.Context) exchange.Items {
	return s.documents(ctx, s.snap.Load().entries, nil)
}

// documents reads published items in the order of the entries, each as its
// release has it; seen, if not nil, is told the ID of each before it is given.
func (s *Service) documents(ctx context.Context, entries []Entry, seen func(id string, it *catalog.Item)) exchange.Items {
	return func(yield func(*catalog.Item, error) bool) {
		for len(entries) > 0 {
			n := min(guideChunk, len(entries))
			items := make([]*catalog.Item, n)
			err := s.src.View(ctx, func(tx Reader) error {
				for i, e := range entries[:n] {
					p, err := tx.PublishedItem(e.ReleaseSeq, e.ID)
					if err != nil {
						return err
					}
					items[i] = new(catalog.Item)
					if err := json.Unmarshal(p.Doc, items[i]); err != nil {
						return fmt.Errorf("published item %s: %w", e.ID, err)
					}
				}
				return nil
			})
			if err != nil {
				yield(nil, err)
				return
			}
			for i, it := range items {
				if seen != nil {
					seen(entries[i].ID, it)
				}
				if !yield(it, nil) {
					return
				}
			}
			entries = entries[n:]
		}
	}
}

// WriteCatalogue writes the description of the data in the words of DCAT, for
// catalogues of open data: the county's and each unit's, with every address at
// which they can be had.
func (s *Service) WriteCatalogue(w io.Writer, about Linked) error {
	sn := s.snap.Load()
	c := exchange.Catalogue{Licence: about.Base + "/data#licence"}
	if r := sn.home.Latest; r != nil {
		c.Modified, c.Version = r.At, r.Number
	}
	set := func(path, title, description, publisher string) {
		d := exchange.Dataset{Path: path, Title: title, Description: description, Publisher: publisher, Page: about.Base + path}
		for _, f := range DataFormats {
			d.Files = append(d.Files, exchange.DataFile{URL: about.Base + path + "/items." + f.Ext, Title: f.Title, Media: f.Media})
			if f.National() {
				d.Files = append(d.Files, exchange.DataFile{URL: about.Base + path + "/national/items." + f.Ext, Title: f.Title + "，国家标准字段", Media: f.Media})
			}
		}
		c.Sets = append(c.Sets, d)
	}
	set("/data", about.Place+"最多跑一次事项", about.Place+"公布的政务服务事项、实施清单和办事指南。", about.Place+"人民政府")
	for _, u := range sn.list {
		if u.Total > 0 {
			set("/data/units/"+u.ID, u.Name+"事项", fmt.Sprintf("%s公布的 %d 个政务服务事项。", u.Name, u.Total), u.Name)
		}
	}
	return exchange.Linked{Place: about.Place, Division: about.Division, Base: about.Base}.WriteCatalogue(w, c)
}

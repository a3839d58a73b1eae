package exchange

import (
	"io"
	"mime"
	"time"
)

// Catalogue describes data that can be had, in the words of DCAT 2.
type Catalogue struct {
	Licence  string // address of the licence statement
	Version  string
	Modified time.Time
	Sets     []Dataset
}

// Dataset is one set of data with the files that hold it.
type Dataset struct {
	Path                          string // on the portal; names the set
	Title, Description, Publisher string
	Page                          string // address of the page about it
	Files                         []DataFile
}

// DataFile is one file of a set.
type DataFile struct{ URL, Title, Media string }

// WriteCatalogue writes a catalogue as linked data.
func (l Linked) WriteCatalogue(w io.Writer, c Catalogue) error {
	g := newGraph(w)
	page := func(address string) string { return g.share(address, thing{"@type": "foaf:Document"}) }
	publisher := l.organisation(g, l.Place+"人民政府", "")
	licence := page(c.Licence)
	var sets []string
	for _, s := range c.Sets {
		// The whole county's set is the one that each service says it is part of.
		id := "urn:onevisit:dataset:" + l.Division
		if len(sets) > 0 {
			id += s.Path
		}
		var files []string
		for _, f := range s.Files {
			media, _, err := mime.ParseMediaType(f.Media)
			if err != nil {
				return err
			}
			files = append(files, g.add(thing{"@id": f.URL + "#file", "@type": "dcat:Distribution", "dct:title": f.Title, "dcat:accessURL": f.URL, "dcat:downloadURL": f.URL,
				"dcat:mediaType": "https://www.iana.org/assignments/media-types/" + media, "dct:license": licence}))
		}
		n := thing{"@id": id, "@type": "dcat:Dataset", "dct:identifier": id, "dct:title": s.Title, "dct:description": s.Description, "dct:publisher": l.organisation(g, s.Publisher, ""),
			"dct:spatial": l.location(g, ""), "dcat:landingPage": page(s.Page), "dct:license": licence, "dcat:distribution": files, "dct:language": g.share(ldChinese, thing{"@type": "dct:LinguisticSystem"})}
		if !c.Modified.IsZero() {
			n["dct:modified"], n["dcat:version"] = c.Modified.UTC().Format(time.RFC3339), c.Version
		}
		sets = append(sets, g.add(n))
	}
	g.add(thing{"@id": l.Base + "/data/catalog.jsonld", "@type": "dcat:Catalog", "dct:title": l.Place + "“最多跑一次”数据目录", "dct:description": l.Place + "公布的政务服务事项数据。",
		"dct:publisher": publisher, "dct:license": licence, "dcat:dataset": sets})
	return g.close()
}

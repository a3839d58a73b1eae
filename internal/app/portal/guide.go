package portal

import (
	"bytes"

	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/paper"
)

// QR draws a QR code of an address as SVG; label says what it leads to.
func (s *Service) QR(address, label string) (string, error) { return paper.QRSVG(address, label) }

// LinkedData is the guide for search engines and catalogues: a GovernmentService
// of schema.org as JSON-LD. address is the guide's own.
func (s *Service) LinkedData(g *Guide, address string) (string, error) {
	var b bytes.Buffer
	if err := exchange.WriteLinked(&b, g.Item, address); err != nil {
		return "", err
	}
	return b.String(), nil
}

// ByCode returns the ID of the published item with an implementation code, or
// NotFound. IDs are the county's own; codes outlive a move to another database.
func (s *Service) ByCode(code string) (string, error) {
	for _, e := range s.snap.Load().entries {
		if code != "" && e.Code == code {
			return e.ID, nil
		}
	}
	return "", fault.NotFoundf("没有找到编码为“%s”的事项，它可能尚未公布或已经取消。", code)
}

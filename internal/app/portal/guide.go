package portal

import (
	"bytes"
	"context"
	"os"

	"onevisit/internal/domain/catalog"
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

// File opens a form or sample of a published item; nothing else that is stored
// can be reached this way.
func (s *Service) File(ctx context.Context, id, slot string) (catalog.File, *os.File, error) {
	g, err := s.Guide(ctx, id)
	if err != nil {
		return catalog.File{}, nil, err
	}
	at := g.Item.FileAt(slot)
	if at == nil {
		return catalog.File{}, nil, fault.NotFoundf("没有找到这份表格，指南可能已经更新。")
	}
	file, ok := catalog.ParseFile(*at)
	if !ok {
		return catalog.File{}, nil, fault.NotFoundf("这份表格没有电子版，请到窗口领取，或打电话索取。")
	}
	if s.blobs == nil {
		return file, nil, fault.NotFoundf("本网站不提供表格下载，请到窗口领取，或拨打咨询电话。")
	}
	f, err := s.blobs.Open(file.Hash)
	if fault.Is(err, fault.NotFound) {
		s.log.Error("file of a published item is missing", "item", id, "slot", slot, "hash", file.Hash)
		err = fault.Wrap(fault.Unavailable, err, "“%s”暂时不能下载。请到窗口领取，或打电话索取；工作人员已得到提示。", file.Name)
	}
	return file, f, err
}

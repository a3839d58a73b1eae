package main

import (
	"onevisit/internal/app/portal"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

type verifyCmd struct {
	What string `arg:"" name:"file|code" help:"事项清单或指南的文件，或者指南末尾的核验码"`
}

// Run answers whether something is what the county has published, and current.
func (c *verifyCmd) Run(e *env) error {
	file := exists(c.What)
	if !file && publication.NormalizeVerifyCode(c.What) == "" {
		return fault.Invalidf("“%s”既不是已有的文件，也不是核验码。核验码为 10 位字母和数字，形如 7K3QD-2M8XA，见指南末尾。", c.What)
	}
	k, err := e.open(true)
	if err != nil {
		return err
	}
	defer k.close()
	if err := k.portal.Refresh(e.ctx); err != nil {
		return err
	}
	if file {
		return c.items(e, k)
	}
	return c.code(e, k)
}

// code checks a verification code.
func (c *verifyCmd) code(e *env, k *county) error {
	out := struct {
		Code       string `json:"code"`
		Published  bool   `json:"published"`
		Current    bool   `json:"current"`
		Name       string `json:"name"`
		Unit       string `json:"unit"`
		Release    string `json:"release"`
		ReplacedBy string `json:"replaced_by"`
	}{Code: publication.NormalizeVerifyCode(c.What)}
	v, err := k.portal.Verify(e.ctx, c.What)
	switch {
	case fault.Is(err, fault.NotFound):
		e.printf("%s\n", fault.Text(err))
	case err != nil:
		return err
	default:
		out.Published, out.Current, out.Name, out.Unit, out.Release = true, v.ReplacedBy == nil, v.Name, v.UnitName, v.Published.Number
		e.printf("%s（%s），公布编号 %s\n", v.Name, v.UnitName, out.Release)
		if out.Current {
			e.printf("是本县公布的现行内容。\n")
		} else {
			out.ReplacedBy = v.ReplacedBy.Number
			e.printf("是本县公布的，但已由 %s 替代。\n", out.ReplacedBy)
		}
	}
	if err := e.result(out); err != nil {
		return err
	}
	if !out.Current {
		return status(exitFindings)
	}
	return nil
}

// items checks every item of a file.
func (c *verifyCmd) items(e *env, k *county) error {
	type named struct {
		Code string `json:"code"`
		Name string `json:"name"`
		Unit string `json:"unit"`
	}
	items, bad, err := readItems(e, []string{c.What})
	if err != nil {
		return err
	}
	out := struct {
		Items       int     `json:"items"`
		Bad         int     `json:"bad"`
		Current     int     `json:"current"`
		Differing   []named `json:"differing"`
		Unpublished []named `json:"unpublished"`
	}{Items: len(items), Bad: bad, Differing: []named{}, Unpublished: []named{}}
	standings, err := k.portal.VerifyItems(e.ctx, items)
	if err != nil {
		return err
	}
	for i, it := range items {
		n := named{it.ImplementationCode, it.Name, it.Unit}
		switch standings[i] {
		case portal.Current:
			out.Current++
		case portal.Differing:
			out.Differing = append(out.Differing, n)
			e.printf("与公布内容不一致：%s（%s）\n", n.Name, n.Unit)
		default:
			out.Unpublished = append(out.Unpublished, n)
			e.printf("没有公布：%s（%s）\n", n.Name, n.Unit)
		}
	}
	e.printf("%d 个事项：与现行公布内容一致 %d，不一致 %d，没有公布 %d。\n", out.Items, out.Current, len(out.Differing), len(out.Unpublished))
	if err := e.result(out); err != nil {
		return err
	}
	if out.Current < out.Items || bad > 0 {
		return status(exitFindings)
	}
	return nil
}

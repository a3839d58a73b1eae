package main

import (
	"onevisit/internal/domain/org"
)

type countyCmd struct {
	Show countyShowCmd `cmd:"" default:"1" help:"显示本县名称和行政区划代码。例：onevisit county show"`
	Set  countySetCmd  `cmd:"" help:"设置本县名称和行政区划代码。例：onevisit county set 某某县 130532"`
}

type countyShowCmd struct{}

// Run prints which county the installation serves.
func (countyShowCmd) Run(e *env) error {
	k, err := e.open(true)
	if err != nil {
		return err
	}
	defer k.close()
	c := k.db.County()
	if c.Known() {
		e.printf("%s（%s）\n", c.Name, c.Division)
	} else {
		e.printf("尚未设置。例：onevisit county set 某某县 130532\n")
	}
	return e.result(c)
}

type countySetCmd struct {
	Name     string `arg:"" help:"县（市、区）全称"`
	Division string `arg:"" help:"行政区划代码，6 位（GB/T 2260）"`
}

// Run says which county the installation serves.
func (c *countySetCmd) Run(e *env) error {
	k, err := e.open(false)
	if err != nil {
		return err
	}
	defer k.close()
	if err := k.office.SaveCounty(e.ctx, org.Operator(), org.County{Name: c.Name, Division: c.Division}); err != nil {
		return err
	}
	e.printf("本县：%s（%s）。\n", k.db.County().Name, k.db.County().Division)
	return e.result(k.db.County())
}

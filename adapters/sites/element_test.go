package sites

import (
	"encoding/xml"
	"io"
	"slices"
	"strings"
)

// element is a part of a page; text alone has no tag.
type element struct {
	tag, text string
	attr      map[string]string
	parent    *element
	children  []*element
}

func parse(r io.Reader) (*element, error) {
	d := xml.NewDecoder(r)
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	root := &element{tag: "document"}
	at := root
	for {
		token, err := d.Token()
		switch t := token.(type) {
		case xml.StartElement:
			e := &element{tag: t.Name.Local, attr: make(map[string]string), parent: at}
			for _, a := range t.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			at.children = append(at.children, e)
			at = e
		case xml.EndElement:
			at = at.parent
		case xml.CharData:
			at.children = append(at.children, &element{text: string(t), parent: at})
		}
		if err == io.EOF {
			return root, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (e *element) has(name string) bool { _, ok := e.attr[name]; return ok }

func (e *element) words() string {
	text := e.text
	for _, c := range e.children {
		text += c.words()
	}
	return strings.Join(strings.Fields(text), " ")
}

// all are the elements of some tags under e, in document order.
func (e *element) all(tags ...string) []*element {
	var list []*element
	if slices.Contains(tags, e.tag) {
		list = append(list, e)
	}
	for _, c := range e.children {
		list = append(list, c.all(tags...)...)
	}
	return list
}

// up is the nearest element of a tag around e.
func (e *element) up(tag string) *element {
	for ; e != nil && e.tag != tag; e = e.parent {
	}
	return e
}

-- A link of a content whose clicks are counted.
INSERT INTO content_links (content_id, link_no, url, label) VALUES (@content, @number, @url, @label)

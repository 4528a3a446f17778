-- What happened and was not told yet, all of the oldest deliveries in it; SQL because it joins the facts of five modules in one read.
SELECT f.id, f.customer_id, f.delivery_id, f.kind, f.number, f.at, d.address, d.campaign_id, a.attempt, a.started_at, a.outcome, a.phase, a.code,
  a.enhanced, a.text, d.reason, t.kind, t.machine, t.ip, u.text, l.url, m.message_id, m.categories, x.custom_args, s.kind,
  coalesce(s.from_email, c.from_email), v.kind
FROM webhook_feed f
LEFT JOIN deliveries d ON d.id = f.delivery_id
LEFT JOIN attempts a ON a.delivery_id = f.delivery_id AND f.kind IN (1, 2) AND a.attempt = CASE WHEN f.kind = 1 THEN f.number ELSE d.attempts END
LEFT JOIN sending_servers v ON v.id = a.server_id
LEFT JOIN tracking_events t ON f.kind = 3 AND t.id = f.number
LEFT JOIN user_agents u ON u.id = t.user_agent_id
LEFT JOIN content_links l ON l.content_id = t.content_id AND l.link_no = t.link_no AND t.kind = 2
LEFT JOIN accepted_letters x ON x.delivery_id = f.delivery_id
LEFT JOIN accepted_mails m ON m.id = x.mail_id
LEFT JOIN single_messages s ON s.delivery_id = f.delivery_id
LEFT JOIN campaigns c ON c.id = d.campaign_id
WHERE f.delivery_id IN (SELECT o.delivery_id FROM webhook_feed o ORDER BY o.id LIMIT @count)
ORDER BY f.id

-- Which messages of these passages were opened or clicked. SQL because of the set of keys.
SELECT p.enrolment_id, p.step_id, CASE WHEN d.opened_at IS NULL THEN 0 ELSE 1 END, CASE WHEN d.clicked_at IS NULL THEN 0 ELSE 1 END
FROM automation_passes p JOIN deliveries d ON d.id = p.delivery_id
WHERE p.enrolment_id = ANY(@ids) AND (d.opened_at IS NOT NULL OR d.clicked_at IS NOT NULL)

-- Writes an entry of the audit log in the transaction of a write job. SQL because such a job has no unit of work.
INSERT INTO audit_log (customer_id, user_name, at, action, object, detail, ip)
VALUES (@customer, @user, @at, @action, @object, @detail, @ip)
